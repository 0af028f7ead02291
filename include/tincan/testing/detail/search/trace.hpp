// tincan/testing/detail/search/trace.hpp - the events of a run, and which happened before which
//
// Happens-before is the smallest order that has the steps of one endpoint in the order in which they
// came, causes before effects, and conflicting accesses in the order in which they were made.
//
//   Progress  push() costs as many steps as the event has direct predecessors, times one word for
//             each 64 events; rewind() undoes. Neither allocates once the vectors have grown.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tincan/testing/detail/search/access_history.hpp>
#include <tincan/testing/detail/search/numbering.hpp>
#include <tincan/testing/detail/search/step.hpp>

namespace tincan::inline abi0::testing::detail {

/// The events of the run so far, which is a stack: those of the next run begin alike.
class Trace {
 public:
  std::size_t size() const noexcept { return events_.size(); }
  Source source(std::size_t event) const noexcept { return events_[event].source; }
  std::uint32_t endpoint(std::size_t event) const noexcept { return events_[event].endpoint; }
  AccessRange accesses(std::size_t event) const noexcept { return events_[event].accesses; }

  /// Forgets the events, and the steps that were there at first: the next run begins anew.
  void clear() {
    rewind(0);
    accesses_.clear();
    for (PerSource& source : sources_) source.initial = 0;
  }

  /// Notes the steps that are there before the first event: they have no cause.
  void begin(std::span<Source const> initial) {
    for (Source const source : initial) ++perSource(source).initial;
  }

  /// Appends an event. Afterwards races() are its races with earlier ones.
  void push(Step const& step, std::span<Access const> accesses, std::span<Source const> sent) {
    auto const self = static_cast<std::uint32_t>(events_.size());
    Event event{};
    static_cast<Step&>(event) = step;
    event.row = rows_.size();
    direct_.clear();
    followCause(event);
    followEndpoint(event, self, step.ordered);
    event.accesses = accesses_.append(self, accesses, [this](std::uint32_t other) {
      direct_.push_back({other, true});
    });
    event.sentBegin = static_cast<std::uint32_t>(sent_.size());
    for (Source const source : sent) {
      sent_.push_back(source);
      perSource(source).causes.push_back(self);
    }
    events_.push_back(event);
    closeOrder(self);
  }

  /// Forgets the events from this one on. Its own accesses stay readable until another rewind or
  /// push at an earlier place; those of later events do not.
  void rewind(std::size_t events) {
    if (events >= events_.size()) return;
    std::uint32_t const keep = events_[events].accesses.end;
    while (events_.size() > events) pop();
    accesses_.cut(keep);
  }

  bool happensBefore(std::size_t early, std::size_t late) const noexcept {
    return early < late && (row(late)[early / 64] >> (early % 64) & 1) != 0;
  }
  /// One bit for each earlier event, set if that one happens before: event / 64 + 1 words.
  std::uint64_t const* row(std::size_t event) const noexcept {
    return rows_.data() + events_[event].row;
  }

  /// The events that the last one races with: in conflict, with nothing in between, and it could
  /// have come first.
  std::span<std::uint32_t const> races() const noexcept { return races_; }

  /// The event before that one at its endpoint; Nothing: there is none.
  std::uint32_t previous(std::size_t event) const noexcept { return events_[event].previous; }

  /// Whether the last event could have come before that earlier one at its endpoint, for all that is known of its
  /// cause. Events that are in conflict with the last one do not keep it from that, also if they follow from the
  /// earlier one.
  bool mayPrecede(std::size_t early) const noexcept {
    if (source(early) == events_.back().source) return false;
    return std::none_of(direct_.begin(), direct_.end(), [&](Direct const& direct) {
      return direct.isCause && (direct.event == early || happensBefore(early, direct.event));
    });
  }

  /// Whether the last event is a delivery that its endpoint could not take when that earlier one came.
  bool isShut(std::size_t early) const noexcept {
    Event const& last = events_.back();
    return last.isDelivery && events_[early].isBlocked && events_[early].endpoint == last.endpoint;
  }

  bool conflict(AccessRange one, AccessRange other) const noexcept {
    return accesses_.conflict(one, other);
  }
  /// Keeps accesses of a step that is no event, readable as those of the next event.
  AccessRange keep(std::span<Access const> accesses) { return accesses_.keep(accesses); }
  std::vector<Access> read(AccessRange range) const { return accesses_.accesses(range); }

  /// Whether an event that is repeated does the same.
  bool repeats(std::size_t event, std::span<Access const> accesses, std::span<Source const> sent) {
    Event const& known = events_[event];
    std::size_t const sentEnd =
        event + 1 < events_.size() ? events_[event + 1].sentBegin : sent_.size();
    if (!std::equal(sent.begin(), sent.end(), sent_.begin() + known.sentBegin,
                    sent_.begin() + static_cast<std::ptrdiff_t>(sentEnd))) {
      return false;
    }
    return accesses_.isEqual(known.accesses, accesses);
  }

 private:
  struct Event : Step {
    std::uint32_t previous;   // at this endpoint, before this one
    std::uint32_t sentBegin;  // up to the next event's
    AccessRange accesses;
    std::size_t row;
  };
  struct Direct {  // a direct predecessor of the event that is being pushed
    std::uint32_t event;
    bool race;
    bool isCause = false;
  };
  struct PerSource {
    std::uint32_t initial = 0;            // steps without a cause
    std::uint32_t happened = 0;           // steps that are events
    std::vector<std::uint32_t> causes{};  // of the steps after the initial ones
  };

  PerSource& perSource(Source source) {
    std::uint32_t const number = sourceNumbers_.of(source);
    if (number >= sources_.size()) sources_.resize(number + 1);
    return sources_[number];
  }
  std::uint32_t& lastAt(std::uint32_t endpoint) {
    std::uint32_t const number = endpointNumbers_.of(endpoint);
    if (number >= lastAt_.size()) lastAt_.resize(number + 1, Nothing);
    return lastAt_[number];
  }

  void followCause(Event const& event) {
    PerSource& source = perSource(event.source);
    std::uint32_t const step = source.happened++;
    if (step < source.initial || step - source.initial >= source.causes.size()) return;
    direct_.push_back({source.causes[step - source.initial], false, true});
  }

  void followEndpoint(Event& event, std::uint32_t self, bool ordered) {
    std::uint32_t& last = lastAt(event.endpoint);
    event.previous = last;
    last = self;
    if (event.previous == Nothing) return;
    direct_.push_back({event.previous, !ordered && events_[event.previous].source != event.source});
  }

  // Fills the row of the last event and finds its races.
  void closeOrder(std::uint32_t self) {
    rows_.resize(rows_.size() + self / 64 + 1, 0);
    std::uint64_t* const mine = rows_.data() + events_[self].row;
    races_.clear();
    for (Direct const& direct : direct_) {
      if (direct.race && isImmediate(direct.event)) races_.push_back(direct.event);
      std::uint64_t const* const theirs = row(direct.event);
      for (std::size_t word = 0; word <= direct.event / 64; ++word) mine[word] |= theirs[word];
      mine[direct.event / 64] |= std::uint64_t{1} << direct.event % 64;
    }
    if (races_.size() > 1) {
      std::sort(races_.begin(), races_.end());
      races_.erase(std::unique(races_.begin(), races_.end()), races_.end());
    }
  }

  bool isImmediate(std::uint32_t event) const noexcept {
    return std::none_of(direct_.begin(), direct_.end(), [&](Direct const& other) {
      return other.event == event ? !other.race : happensBefore(event, other.event);
    });
  }

  void pop() {
    Event const& event = events_.back();
    --perSource(event.source).happened;
    lastAt(event.endpoint) = event.previous;
    for (; sent_.size() > event.sentBegin; sent_.pop_back()) {
      perSource(sent_.back()).causes.pop_back();
    }
    accesses_.unlink(event.accesses);
    rows_.resize(event.row);
    events_.pop_back();
  }

  std::vector<Event> events_{};
  std::vector<std::uint64_t> rows_{};
  std::vector<Source> sent_{};
  AccessHistory accesses_{};
  std::vector<PerSource> sources_{};
  std::vector<std::uint32_t> lastAt_{};
  std::vector<Direct> direct_{};
  std::vector<std::uint32_t> races_{};
  Numbering sourceNumbers_{}, endpointNumbers_{};
};

}  // namespace tincan::inline abi0::testing::detail
