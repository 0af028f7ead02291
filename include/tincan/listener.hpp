// tincan/listener.hpp - a token for a listener or a handler that was registered
#pragma once

#include <tincan/detail/api/listener.hpp>
#include <tincan/detail/engine.hpp>
