// tests/fuzz/model.cpp - what a program must do, step by step
#include <algorithm>

#include "program.hpp"

namespace fuzz {

void Model::remove(std::uint64_t number) {
  for (auto& endpoint : tables_) {
    for (auto& table : endpoint) {
      std::erase_if(table, [&](Registered const& each) { return each.number == number; });
    }
  }
}
void Model::removeAll(unsigned at, unsigned channel) { tables_[at][channel].clear(); }
std::size_t Model::count(unsigned at, unsigned channel) const {
  return tables_[at][channel].size();
}
bool Model::isLive(std::uint64_t number) const {
  for (auto const& endpoint : tables_) {
    for (auto const& table : endpoint) {
      for (auto const& each : table) {
        if (each.number == number) return true;
      }
    }
  }
  return false;
}

void Model::open(unsigned at, tincan::InboxOptions options) {
  isOpen_[at] = true;
  options_[at] = options;
}
void Model::close(unsigned at) {
  isOpen_[at] = false;
  inboxes_[at].clear();
  for (auto& table : tables_[at]) {
    for (Registered const& each : table) ended_.insert(each.number);
    table.clear();
  }
}

std::vector<Model::Waiting const*> Model::of(std::uint64_t sender, unsigned to) const {
  std::vector<Waiting const*> waiting;
  for (Waiting const& each : inboxes_[to]) {
    if (each.sender == sender) waiting.push_back(&each);
  }
  return waiting;
}

std::optional<tincan::SendResult> Model::wanted(std::uint64_t sender, unsigned to) const {
  if (!isOpen_[to]) return tincan::SendResult::Closed;
  auto const& options = options_[to];
  // Nobody blocks on the own thread: Block refuses, as Fail does.
  bool const mayRefuse = options.capacity != 0 && options.overflow != tincan::Overflow::DropOldest;
  auto const waiting = of(sender, to);
  if (!mayRefuse || waiting.size() < options.capacity) return tincan::SendResult::Queued;
  for (Waiting const* const each : waiting) {
    if (!each->isCertain) return std::nullopt;
  }
  return tincan::SendResult::Full;
}

void Model::pushed(std::uint64_t sender, unsigned to, unsigned channel, Id id,
                   tincan::SendResult result) {
  ++sent;
  if (result != tincan::SendResult::Queued) return;
  auto& inbox = inboxes_[to];
  auto const& options = options_[to];
  if (options.overflow == tincan::Overflow::DropOldest && options.capacity != 0) {
    auto const waiting = of(sender, to);
    bool const isClear = std::all_of(waiting.begin(), waiting.end(),
                                     [](Waiting const* each) { return each->isCertain; });
    bool const isFull = waiting.size() >= options.capacity;
    if (isFull && isClear) {
      Id const oldest = waiting.front()->id;
      std::erase_if(inbox, [&](Waiting const& each) { return each.id == oldest; });
    } else if (isFull) {  // which one has gone depends on what had gone before
      for (Waiting& each : inbox) each.isCertain = each.isCertain && each.sender != sender;
    }
  }
  inbox.push_back({id, sender, channel, true});
}
void Model::uncertain(Id id) {
  for (auto& inbox : inboxes_) {
    for (auto& each : inbox) {
      if (each.id == id) each.isCertain = false;
    }
  }
}

void Model::begin(unsigned at, unsigned channel, Id id) {
  auto& inbox = inboxes_[at];
  while (!inbox.empty() && inbox.front().id != id && !inbox.front().isCertain) inbox.pop_front();
  if (inbox.empty()) {
    contradict("message " + std::to_string(id) + " is handled, and does not wait at endpoint " +
               std::to_string(at));
  }
  if (inbox.front().id != id || inbox.front().channel != channel) {
    contradict("message " + std::to_string(id) + " is handled before " +
               std::to_string(inbox.front().id));
  }
  inbox.pop_front();
  ++handled;
  Dispatch& dispatch = dispatches_[id];
  for (Registered const& each : tables_[at][channel]) dispatch.left.push_back(each.number);
}

void Model::called(std::uint64_t number, Id id) {
  if (ended_.contains(number)) return;
  auto const found = dispatches_.find(id);
  expect(found != dispatches_.end(), "a listener is called before the first one");
  auto& left = found->second.left;
  while (!left.empty() && left.front() != number) {
    expect(!isLive(left.front()), "a listener was left out, or called too late");
    left.erase(left.begin());
  }
  expect(!left.empty(), "a listener is called twice, or was added during the dispatch");
  expect(isLive(number), "a listener that was removed is called");
  left.erase(left.begin());
}

Model::Outcome Model::outcomeOf(Id id) const {
  auto const found = outcomes_.find(id);
  return found == outcomes_.end() ? Outcome::Open : found->second;
}

}  // namespace fuzz
