// tincan/task.hpp - a coroutine on an endpoint's thread
#pragma once

// Task, the result type of coroutines that listen, handle calls or are posted.
#include <tincan/detail/api/task.hpp>
#include <tincan/detail/engine.hpp>
