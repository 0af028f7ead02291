// tincan/testing.hpp - tests of what uses a bus: without threads, without sleeps
#pragma once

#include <tincan/testing/double.hpp>
#include <tincan/testing/explore.hpp>
#include <tincan/testing/explore_around.hpp>
#include <tincan/testing/fault.hpp>
#include <tincan/testing/recorder.hpp>
#include <tincan/testing/records.hpp>
#include <tincan/testing/replay.hpp>
#include <tincan/testing/shared.hpp>
#include <tincan/testing/simulation.hpp>
#include <tincan/testing/spy.hpp>
