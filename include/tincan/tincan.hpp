// tincan/tincan.hpp - everything an application needs
#pragma once

#include <tincan/bus.hpp>
#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/api/event.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/api/invoke_event.hpp>
#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/api/task.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/error.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/listener.hpp>
#include <tincan/reports.hpp>
#include <tincan/scope.hpp>
#include <tincan/value.hpp>
#include <tincan/within.hpp>
