// tincan/port.hpp - a channel of its own between two endpoints, whose ends can be sent
#pragma once

// MessagePort and MessageChannel; and the endpoints, on which a port can be started.
#include <tincan/detail/api/port.hpp>
#include <tincan/endpoint.hpp>
