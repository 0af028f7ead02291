// tests/kit/listening.hpp - what the endpoints of a program do with what they get
#pragma once

#include "performance.hpp"

namespace kit {

/// Prints "a0": message 0 of a.
inline std::string nameOf(tincan::Peer const& sender, unsigned channel) {
  return (sender.name().empty() ? "nobody" : sender.name()) + channelNames[channel];
}

inline void Performance::listen(std::size_t a) {
  tincan::Endpoint& endpoint = *own_[a].endpoint;
  for (unsigned c = 0; c < Channels; ++c) {
    endpoint.on(channelNames[c], [this, a, c](tincan::Event& event) { take(event, a, c); });
    endpoint.handle(channelNames[c],
                    [this, a, c](tincan::InvokeEvent& event) { return takeCall(event, a, c); });
  }
  endpoint.on("reply", [this, a](tincan::Reply& reply) { takeReply(std::move(reply), a); });
  endpoint.on("are you there", [](tincan::Event& event) { event.returnValue = 1; });
}

inline void Performance::take(tincan::Event& event, std::size_t a, unsigned channel) {
  Activity::Doing const doing(activity_);
  pause();
  Handler const& handler = program_.actors[a].on[channel];
  say(a, nameOf(event.sender, channel));
  for (tincan::MessagePort& port : event.ports) {
    hear(port, a);
    if (handler.startsPorts) port.start();
    own_[a].ports.push_back(std::move(port));
  }
  bool const looks = handler.answering == Answering::Look;
  if (looks) say(a, event.cancelled() ? "unwanted" : "wanted");
  perform(a, handler.actions);
  pause();
  if (looks) say(a, event.cancelled() ? "unwanted" : "wanted");
  answer(event, a, channel);
}

inline void Performance::answer(tincan::Event& event, std::size_t a, unsigned channel) {
  auto const next = [&](std::size_t distance) {
    return peers_[(a + channel + distance) % peers_.size()];
  };
  switch (program_.actors[a].on[channel].answering) {
    case Answering::Nothing: break;
    case Answering::Value:
    case Answering::Look: event.returnValue = 7; break;
    case Answering::Throw: throw Thrown();
    case Answering::Keep: own_[a].replies.push_back(event.defer()); break;
    case Answering::Twice: {
      tincan::Reply reply = event.defer();
      say(a, reply.set(8) ? "first" : "late");
      say(a, event.returnValue.set(9) ? "first" : "late");
      break;
    }
    case Answering::Move: next(1).send("reply", event.defer()); break;
    case Answering::MoveTwo: {
      tincan::Reply one = event.defer(), two = event.defer();
      next(1).send("reply", std::move(one));
      pause();
      next(2).send("reply", std::move(two));
      break;
    }
    case Answering::Count: break;
  }
}

inline int Performance::takeCall(tincan::InvokeEvent& event, std::size_t a, unsigned channel) {
  Activity::Doing const doing(activity_);
  pause();
  say(a, "call" + nameOf(event.sender, channel));
  perform(a, program_.actors[a].on[channel].actions);
  return 50 + static_cast<int>(channel);
}

inline void Performance::takeReply(tincan::Reply reply, std::size_t a) {
  Activity::Doing const doing(activity_);
  pause();
  bool const isFirst = reply.set(40 + static_cast<int>(a));
  say(a, isFirst ? "answered" : "too late");
}

/// Gives the endpoint another one of its thread, with which it runs.
inline void Performance::attach(std::size_t a) {
  Own& own = own_[a];
  if (own.renderer == nullptr || own.beside.has_value()) return;
  own.beside.emplace(bus_->attach(besides(a)));
  for (unsigned c = 0; c < Channels; ++c) {
    own.beside->on(channelNames[c], [this, a, c](tincan::Event& event) {
      Activity::Doing const doing(activity_);
      pause();
      say(a, "beside:" + nameOf(event.sender, c));
    });
  }
}

/// Makes the endpoint that belongs to whoever polls it first.
inline void Performance::share() {
  bool isWanted = false;
  forEachActions(program_, [&](Actions const& actions) {
    for (Action const& action : actions) isWanted = isWanted || isForShared(action.verb);
  });
  if (!isWanted) return;
  shared_.emplace(bus_->attach("shared"));
  for (unsigned c = 0; c < Channels; ++c) {
    shared_->on(channelNames[c], [this, c](tincan::Event& event) {
      Activity::Doing const doing(activity_);
      pause();
      if (!isFrozen_) sharedSeen_ += " " + nameOf(event.sender, c);
    });
  }
  shared_->release();
}

inline void Performance::hear(tincan::MessagePort& port, std::size_t a) {
  port.on("message", [this, a](int value) { takeFromPort(value, a); });
  port.on("close", [this, a] {
    Activity::Doing const doing(activity_);
    say(a, "closed");
  });
}
inline void Performance::takeFromPort(int value, std::size_t a) {
  Activity::Doing const doing(activity_);
  pause();
  say(a, "port" + std::to_string(value));
  perform(a, program_.actors[a].on[static_cast<std::size_t>(value)].actions);
}

}  // namespace kit
