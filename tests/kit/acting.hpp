// tests/kit/acting.hpp - the verbs of a program
#pragma once

#include <string_view>

#include "performance.hpp"

namespace kit {

/// How long a brief request waits.
inline constexpr std::chrono::milliseconds brief{5};

inline std::string nameOf(tincan::SendResult result) {
  switch (result) {
    case tincan::SendResult::Queued: return "sent";
    case tincan::SendResult::Closed: return "Closed";
    case tincan::SendResult::Full: return "Full";
  }
  return "?";
}

/// What a function returns, or how it fails.
template <class F>
std::string endOf(F&& function) {
  try {
    return function();
  } catch (tincan::Error const& error) {
    return std::string(tincan::toString(error.code()));
  } catch (Thrown const& thrown) {
    return thrown.what();
  }
}
inline std::string nameOf(std::exception_ptr const& exception) {
  return endOf([&]() -> std::string { std::rethrow_exception(exception); });
}
inline std::string valueOf(tincan::Future<int>& future) {
  return endOf([&] { return std::to_string(future.get()); });
}

/// A letter for each of them: whether the predicate says so.
template <class Each, class F>
std::string letters(std::vector<Each>& all, F&& isSo) {
  std::string text;
  for (Each& each : all) text += isSo(each) ? "+" : "-";
  return text;
}

inline void Performance::perform(std::size_t a, Actions const& actions) {
  for (Action const& action : actions) {
    Activity::Doing const doing(activity_);
    pause();
    std::string const end = endOf([&] { return perform(a, action); });
    if (!end.empty())
      say(a, std::string(verbNames[static_cast<std::size_t>(action.verb)]) + ":" + end);
  }
}

/// The handle to an endpoint; nothing if it is to be spawned, and is not there.
inline std::optional<tincan::Peer> Performance::peer(std::size_t a, std::size_t to) {
  if (to < peers_.size()) return peers_[to];
  tincan::Renderer const* const here = own_[a].renderer;
  return here != nullptr ? here->peer(nameOf(to)) : bus_->main().renderer(nameOf(to));
}

inline std::string Performance::proceed(std::size_t a, tincan::Future<int> future) {
  std::move(future).then(*own_[a].endpoint, [this, a](tincan::Future<int> answer) {
    Activity::Doing const doing(activity_);
    pause();
    say(a, "then:" + valueOf(answer));
  });
  return "";
}

inline std::string Performance::perform(std::size_t a, Action const& action) {
  Own& own = own_[a];
  char const* const channel = channelNames[action.channel];
  switch (action.verb) {
    case Verb::SendToHost:
      return own.renderer == nullptr ? "" : nameOf(own.renderer->sendToHost(channel));
    case Verb::Broadcast: return std::to_string(bus_->main().broadcast(channel));
    case Verb::Post:
      own.endpoint->post([this, a] {
        Activity::Doing const doing(activity_);
        say(a, "posted");
      });
      return "";
    case Verb::Once:
      own.endpoint->once(channel, [this, a](tincan::Event& event) {
        Activity::Doing const doing(activity_);
        say(a, "once:" + event.sender.name());
      });
      return "";
    case Verb::Off: own.endpoint->removeAllListeners(channel); return "";
    case Verb::Handle:
      own.endpoint->handle(channel, [this, a] {
        Activity::Doing const doing(activity_);
        say(a, "another handler");
        return 60;
      });
      return "";
    case Verb::RemoveHandler: own.endpoint->removeHandler(channel); return "";
    case Verb::Poll:
      if (own.renderer != nullptr) own.renderer->poll();
      return "over";
    case Verb::Ready:
      return letters(own.futures, [](auto const& future) { return future.ready(); });
    case Verb::Get: {
      if (own.futures.empty()) return "";
      tincan::Future<int> future = std::move(own.futures.back());
      own.futures.pop_back();
      return valueOf(future);
    }
    case Verb::Cancel:
      for (auto& future : own.futures) future.cancel();
      return "";
    case Verb::Drop: own.futures.clear(); return "";
    case Verb::Answer: {
      auto replies = std::exchange(own.replies, {});
      return letters(replies, [](auto& reply) { return reply.set(9); });
    }
    case Verb::Fail: {
      auto replies = std::exchange(own.replies, {});
      auto const thrown = std::make_exception_ptr(Thrown());
      return letters(replies, [&](auto& reply) { return reply.fail(thrown); });
    }
    case Verb::DropReplies: own.replies.clear(); return "";
    case Verb::IsCancelled:
      return letters(own.replies, [](auto const& reply) { return reply.cancelled(); });
    case Verb::Close:
      if (own.renderer != nullptr) own.renderer->close();
      return "";
    case Verb::Quit:
      if (own.renderer != nullptr) own.renderer->quit();
      return "";
    case Verb::Spawn:
      if (own.child.has_value()) return "";
      own.child =
          bus_->spawn(nameOf(action.to), program_.actors[action.to].inbox, bodyOf(action.to));
      return "";
    case Verb::PostToPort:
      if (!own.ports.empty()) own.ports.back().postMessage(static_cast<int>(action.channel));
      return "";
    case Verb::StartPort:
      if (!own.ports.empty()) own.ports.back().start(*own.endpoint);
      return "";
    case Verb::ClosePort:
      if (!own.ports.empty()) own.ports.back().close();
      return "";
    case Verb::Mark: own.marks += 1; return "";
    case Verb::After: setTimer(a, action.channel); return "";
    case Verb::Wake:
      own.endpoint->onWake([this, to = peers_.front()] {
        // Whoever asks whether all is over is no part of the program.
        if (!seed_.has_value() || Pauses::current() != nullptr) to.send("woken");
      });
      return "";
    case Verb::Unwake: own.endpoint->onWake({}); return "";
    case Verb::Attach: attach(a); return "";
    case Verb::PollBeside:
      if (own.beside.has_value()) own.beside->poll();
      return "over";
    case Verb::PollShared:
      if (own.renderer == nullptr)
        return "";  // what belongs to the thread of main a simulation polls
      shared_->poll();
      return "over";
    case Verb::ReleaseShared: shared_->release(); return "released";
    case Verb::KeepLast: own.endpoint->keepLast(channel); return "";
    case Verb::CancelTask:
      if (!own.tasks.empty()) own.tasks.back().cancel();
      return "";
    case Verb::SendShared: return nameOf(shared_->peer().send(channel));
    default: return performAt(a, action);
  }
}

inline std::string Performance::performAt(std::size_t a, Action const& action) {
  Own& own = own_[a];
  char const* const channel = channelNames[action.channel];
  if (action.verb == Verb::SendBeside) {
    auto const beside = bus_->main().renderer(besides(action.to));
    return beside.has_value() ? nameOf(beside->send(channel)) : "nobody";
  }
  std::optional<tincan::Peer> const to = peer(a, action.to);
  if (!to.has_value()) return "nobody";
  switch (action.verb) {
    case Verb::Send: return nameOf(to->send(channel));
    case Verb::SendLatest: return nameOf(to->sendLatest(channel));
    case Verb::OnClose:
      to->onClose([this, a, gone = to->name()] {
        Activity::Doing const doing(activity_);
        say(a, "gone:" + gone);
      });
      return "";
    case Verb::AwaitTwo: own.tasks.push_back(awaitTwo(a, *to, channel)); return "";
    case Verb::AwaitAny: own.tasks.push_back(awaitAny(a, *to, channel)); return "";
    case Verb::Request: own.futures.push_back(to->request<int>(channel)); return "";
    case Verb::Invoke: own.futures.push_back(to->invoke<int>(channel)); return "";
    case Verb::RequestThen: return proceed(a, to->request<int>(channel));
    case Verb::InvokeThen: return proceed(a, to->invoke<int>(channel));
    case Verb::Ask: return std::to_string(to->sendSync<int>(channel));
    case Verb::AskBriefly: return std::to_string(to->within(brief).sendSync<int>(channel));
    case Verb::IsAlive: return to->alive() ? "alive" : "gone";
    case Verb::Find: return bus_->main().renderer(nameOf(action.to)).has_value() ? "found" : "none";
    case Verb::OpenPort: {
      tincan::MessageChannel pair;
      hear(pair.port1, a);
      pair.port1.start(*own.endpoint);
      own.ports.push_back(std::move(pair.port1));
      return nameOf(to->postMessage(channel, 1, std::move(pair.port2)));
    }
    case Verb::PassPort: {
      if (own.ports.empty()) return "";
      tincan::MessagePort port = std::move(own.ports.back());
      own.ports.pop_back();
      return nameOf(to->postMessage(channel, 2, std::move(port)));
    }
    default: return "";
  }
}

}  // namespace kit
