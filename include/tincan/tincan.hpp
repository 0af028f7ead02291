// tincan/tincan.hpp - everything an application needs
#pragma once

#include <tincan/arguments.hpp>
#include <tincan/bus.hpp>
#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/error.hpp>
#include <tincan/event.hpp>
#include <tincan/future.hpp>
#include <tincan/fwd.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/invoke_event.hpp>
#include <tincan/listener.hpp>
#include <tincan/main.hpp>
#include <tincan/peer.hpp>
#include <tincan/port.hpp>
#include <tincan/renderer.hpp>
#include <tincan/renderer_thread.hpp>
#include <tincan/reports.hpp>
#include <tincan/scope.hpp>
#include <tincan/task.hpp>
#include <tincan/timer.hpp>
#include <tincan/value.hpp>
#include <tincan/version.hpp>
#include <tincan/within.hpp>
