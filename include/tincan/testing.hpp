// tincan/testing.hpp - layer 41 - tests of what uses a bus: without threads, without sleeps
#pragma once

#include <tincan/testing/explore.hpp>
#include <tincan/testing/simulation.hpp>
