// tests/loop/boost_asio.cpp - ties to an io_context of Boost.Asio
#include <tincan/loop/boost_asio.hpp>

#include <boost/asio.hpp>

namespace {
namespace net = boost::asio;
using Tie = tincan::loop::BoostAsio;
}  // namespace

#include "asio.hpp"
