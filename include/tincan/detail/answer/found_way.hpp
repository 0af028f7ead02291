// tincan/detail/answer/found_way.hpp - who waits for whom, along one way that a search has found
#pragma once

#include <string>

#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/answer/search_node.hpp>

namespace tincan::inline abi0::detail {

/// The way from a wait to whoever could end it, back along what each node was reached from.
///
///   Threads   Under the lock of the WaitGraph.
template <class Platform>
class FoundWay {
 public:
  /// Notes the end, if none is known yet. `from`: the last node on the way; null: there is none.
  void endsAt(SearchNode<Platform>* from, Party<Platform> const& party, bool isNamedOnce) noexcept {
    if (party_ != nullptr) return;
    from_ = from;
    party_ = &party;
    isNamedOnce_ = isNamedOnce;
  }

  /// The names along it, from that one on: "main > window". Throws std::bad_alloc.
  std::string describe(std::string names) const {
    SearchNode<Platform>* next = nullptr;
    for (auto* node = from_; node != nullptr; node = node->from) {
      node->towards = next;
      next = node;
    }
    Party<Platform> const* last = nullptr;
    auto const add = [&](Party<Platform> const* party, bool isNamedOnce) {
      if (party == nullptr || (isNamedOnce && party == last)) return;
      names += " > " + party->displayName();
      last = party;
    };
    for (auto* node = next; node != nullptr; node = node->towards) {
      add(node->via, node->isNamedOnce);
    }
    add(party_, isNamedOnce_);
    return names;
  }

 private:
  SearchNode<Platform>* from_ = nullptr;
  Party<Platform> const* party_ = nullptr;
  bool isNamedOnce_ = false;
};

}  // namespace tincan::inline abi0::detail
