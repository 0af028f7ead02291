// tincan/peer.hpp - sending to an endpoint and asking it, by a handle
#pragma once

// Peer and its verbs: send, postMessage, sendSync, request, invoke; and within(), which gives those that
// ask a deadline.
#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/engine.hpp>
#include <tincan/within.hpp>
