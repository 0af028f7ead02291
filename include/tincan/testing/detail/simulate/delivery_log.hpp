// tincan/testing/detail/simulate/delivery_log.hpp - which messages were handled
//
// Notes are cheap: a run that goes well is forgotten. They become text when somebody asks.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/detail/message/arguments.hpp>
#include <tincan/testing/detail/report/value_text.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// Appends all arguments, with commas between them.
inline void appendArguments(std::string& text, tincan::detail::ArgumentsView const& arguments) {
  for (std::size_t i = 0; i < arguments.ops->count; ++i) {
    if (i > 0) text += ", ";
    appendValue(text, arguments.type(i), arguments.argument(i));
  }
}

class DeliveryLog {
 public:
  using Note = std::size_t;

  Note add(SimulatedEndpoint const& from, SimulatedEndpoint const& to, std::string_view channel,
           tincan::detail::ArgumentsView const& arguments) {
    std::size_t const begin = texts_.size();
    texts_ += channel;
    std::size_t const middle = texts_.size();
    appendArguments(texts_, arguments);
    notes_.push_back({&from, &to, begin, middle, texts_.size(), false, true});
    return notes_.size() - 1;
  }

  void noteHandled(Note note) noexcept {
    notes_[note].isHandled = true;
    ++handled_;
  }
  void noteOver(Note note) noexcept { notes_[note].isUnderWay = false; }
  /// Takes what is under way for handled: the run ends in the midst of it.
  void endInside() noexcept {
    for (Entry& entry : notes_) {
      if (!std::exchange(entry.isUnderWay, false) || entry.isHandled) continue;
      entry.isHandled = true;
      ++handled_;
    }
  }
  /// The number of messages that were handled.
  std::size_t handled() const noexcept { return handled_; }

  std::span<Delivery const> deliveries() {
    if (deliveries_.size() != handled_) {
      deliveries_.clear();
      for (Entry const& entry : notes_) {
        if (entry.isHandled) deliveries_.push_back(toDelivery(entry));
      }
    }
    return deliveries_;
  }

  /// Calls see(from, to, channel, text) with each message whose turn has come. Allocates nothing.
  template <class See>
  void each(See&& see) const {
    std::string_view const all = texts_;
    for (Entry const& entry : notes_) {
      see(std::string_view(entry.from->core->name), std::string_view(entry.to->core->name),
          all.substr(entry.begin, entry.middle - entry.begin),
          all.substr(entry.middle, entry.end - entry.middle));
    }
  }
  /// How many those are.
  std::size_t size() const noexcept { return notes_.size(); }
  /// How many of the first `count` of those were handled: the number of the last one.
  std::size_t handledOf(std::size_t count) const noexcept {
    auto const end = notes_.begin() + static_cast<std::ptrdiff_t>(count);
    return static_cast<std::size_t>(
        std::count_if(notes_.begin(), end, [](Entry const& entry) { return entry.isHandled; }));
  }

  void clear() noexcept {
    notes_.clear();
    texts_.clear();
    deliveries_.clear();
    handled_ = 0;
  }

  /// A text on which runs agree that have handled equal messages in one order.
  std::string const& texts() const noexcept { return texts_; }

 private:
  struct Entry {
    SimulatedEndpoint const* from;
    SimulatedEndpoint const* to;
    std::size_t begin, middle, end;  // in the texts: channel and arguments
    bool isHandled;                  // else a dead letter
    bool isUnderWay;
  };

  Delivery toDelivery(Entry const& entry) const {
    return {deliveries_.size() + 1, entry.from->core->name, entry.to->core->name,
            texts_.substr(entry.begin, entry.middle - entry.begin),
            texts_.substr(entry.middle, entry.end - entry.middle)};
  }

  std::vector<Entry> notes_{};
  std::string texts_{};
  std::vector<Delivery> deliveries_{};
  std::size_t handled_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
