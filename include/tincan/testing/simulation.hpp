// tincan/testing/simulation.hpp - a bus that runs step by step on the thread of a test
#pragma once

// Simulation, and what its verbs return: Double, of standIn(), and Fault, of failNext(), delayNext() and
// holdNext().
#include <tincan/testing/detail/simulation.hpp>
#include <tincan/testing/double.hpp>
#include <tincan/testing/fault.hpp>
#include <tincan/testing/inject.hpp>
