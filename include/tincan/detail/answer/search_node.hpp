// tincan/detail/answer/search_node.hpp - what a search for a cycle of waits notes of a thread or Task
#pragma once

#include <cstddef>
#include <cstdint>

namespace tincan::inline abi0::detail {

template <class Platform>
struct Party;

/// A thread or a Task, as CycleSearch goes over it.
///
///   Threads   Under the lock of the WaitGraph.
template <class Platform>
struct SearchNode {
  enum class Verdict : std::uint8_t {
    Open,    // it may be stuck, for all that is known
    Stuck,   // it is, as long as those are that are open or stuck
    Marked,  // it is, and one of those that the search is about
    GoesOn   // it is not
  };

  explicit SearchNode(bool isAThread) noexcept : isThread(isAThread) {}
  SearchNode(SearchNode const&) = delete;
  SearchNode& operator=(SearchNode const&) = delete;

  bool const isThread;
  Verdict verdict{};
  bool isDeserted = false;       // it waits for a thread that has ended
  bool isNamedOnce = false;      // `via` has no name of its own if the way was there already
  std::uint64_t search = 0;      // the number of the search that has found it last
  SearchNode* before = nullptr;  // those that the search found
  SearchNode* after = nullptr;
  SearchNode* nextMarked = nullptr;
  // On a way that leads here: the one before it, null: the wait that was asked about; and the one after it.
  SearchNode* from = nullptr;
  SearchNode* towards = nullptr;
  Party<Platform> const* via = nullptr;  // who is waited for there; null: nobody with a name

 protected:
  ~SearchNode() = default;
};

/// Those that a search has found, in that order.
template <class Platform>
struct FoundNodes {
  using Node = SearchNode<Platform>;
  using Verdict = typename Node::Verdict;

  void add(Node& node) noexcept {
    node.isDeserted = false;
    node.before = last;
    node.after = nullptr;
    (last == nullptr ? first : last->after) = &node;
    last = &node;
  }

  /// Takes all of them to be stuck.
  void open() noexcept {
    for (Node* node = first; node != nullptr; node = node->after) node->verdict = Verdict::Open;
  }
  /// Takes out those that have not been proven to be stuck. True if there were any: the others are to be proven again.
  bool dropUnproven() noexcept {
    bool hasDropped = false;
    for (Node* node = first; node != nullptr; node = node->after) {
      hasDropped = hasDropped || node->verdict == Verdict::Open;
      if (node->verdict == Verdict::Open) node->verdict = Verdict::GoesOn;
    }
    if (!hasDropped) return false;
    for (Node* node = first; node != nullptr; node = node->after) {
      if (node->verdict == Verdict::Stuck) node->verdict = Verdict::Open;
    }
    return true;
  }
  void noteDeserted() noexcept {
    for (Node* node = first; node != nullptr; node = node->after) {
      node->isDeserted = node->verdict == Verdict::Stuck;
    }
  }

  Node* first = nullptr;
  Node* last = nullptr;
};

/// Those that are stuck, and on which the wait depends that a search is about.
template <class Platform>
struct MarkedNodes {
  using Node = SearchNode<Platform>;

  /// `from`: whose need led there; null: the wait's.
  void add(Node& node, Node* from, Party<Platform> const* via, bool isNamedOnce) noexcept {
    node.verdict = Node::Verdict::Marked;
    node.from = from;
    node.via = via;
    node.isNamedOnce = isNamedOnce;
    node.nextMarked = nullptr;
    (last == nullptr ? first : last->nextMarked) = &node;
    last = &node;
  }
  bool hasTasks() const noexcept {
    Node const* node = first;
    while (node != nullptr && node->isThread) node = node->nextMarked;
    return node != nullptr;
  }
  std::size_t threads() const noexcept {
    std::size_t count = 0;
    for (Node const* node = first; node != nullptr; node = node->nextMarked) {
      count += node->isThread ? 1 : 0;
    }
    return count;
  }

  /// Takes all to be stuck but that one; and those that are stuck anyhow, which do not depend on it.
  void open(Node const* but) noexcept {
    for (Node* node = first; node != nullptr; node = node->nextMarked) {
      node->verdict = node == but || node->isDeserted ? Node::Verdict::GoesOn : Node::Verdict::Open;
    }
  }
  bool hasOpen() const noexcept {
    Node const* node = first;
    while (node != nullptr && node->verdict != Node::Verdict::Open) node = node->nextMarked;
    return node != nullptr;
  }
  void markAgain() noexcept {
    for (Node* node = first; node != nullptr; node = node->nextMarked) {
      node->verdict = Node::Verdict::Marked;
    }
  }

  Node* first = nullptr;
  Node* last = nullptr;
};

}  // namespace tincan::inline abi0::detail
