// tincan/invoke_event.hpp - what a handler sees of a call
#pragma once

// InvokeEvent, which a handler may take as its first parameter.
#include <tincan/detail/api/invoke_event.hpp>
#include <tincan/peer.hpp>
