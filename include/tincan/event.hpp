// tincan/event.hpp - what a listener sees of a message
#pragma once

// Event, which a listener may take as its first parameter; ReturnValue and Reply, by which it answers a
// request.
#include <tincan/detail/api/event.hpp>
#include <tincan/peer.hpp>
