// tincan/detail/engine.hpp - defines what the classes of detail/api declare
//
// A class in detail/api declares verbs whose bodies need rooms above it. A public header includes the class
// and this, so that each verb links when only that header is included.
#pragma once

#include <tincan/detail/port/port_verbs.hpp>
#include <tincan/detail/send/peer_functions.hpp>
#include <tincan/detail/send/post.hpp>
#include <tincan/detail/send/posted_task.hpp>
#include <tincan/detail/send/then.hpp>
#include <tincan/detail/send/verb_call.hpp>
#include <tincan/detail/time/repeated_task.hpp>
#include <tincan/detail/time/sleep.hpp>
#include <tincan/detail/time/timed_function.hpp>

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/detail/bodies.hpp>
#endif
