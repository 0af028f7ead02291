// tincan/detail/api/found_peer.hpp - a renderer that was looked for by its name
#pragma once

#include <optional>
#include <type_traits>

#include <tincan/detail/api/peer.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

/// A handle to a renderer, or nothing: a std::optional<Peer> that says why its verbs do not compile.
class FoundPeer : public std::optional<Peer> {
 public:
  using std::optional<Peer>::optional;

  template <class Name, class... A>
  SendResult send(Name const&, A const&...) const {
    return refuse<SendResult, Name>();
  }
  template <class R = void, class Name, class... A>
  R sendSync(Name const&, A const&...) const {
    return refuse<R, Name>();
  }
  template <class R = void, class Name, class... A>
  Future<R> request(Name const&, A const&...) const {
    return refuse<Future<R>, Name>();
  }
  template <class R = void, class Name, class... A>
  Future<R> invoke(Name const&, A const&...) const {
    return refuse<Future<R>, Name>();
  }

 private:
  template <class Result, class Name>
  Result refuse() const {
    static_assert(std::is_void_v<Name>,
                  "tincan: there may be no renderer of that name: "
                  "if (auto window = ipc.peer(\"window\")) window->send(...).");
    return Result();
  }
};

}  // namespace tincan::inline abi0::detail
