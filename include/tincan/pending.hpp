// tincan/pending.hpp - a token for a function that waits for an answer
#pragma once

// Pending, by which a function that Future::then() is to call is withdrawn.
#include <tincan/detail/api/pending.hpp>
#include <tincan/detail/engine.hpp>
