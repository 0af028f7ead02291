// tincan/future.hpp - an answer that is under way
#pragma once

// Future, and the endpoints, on whose thread then() calls its function.
#include <tincan/detail/api/future.hpp>
#include <tincan/endpoint.hpp>
