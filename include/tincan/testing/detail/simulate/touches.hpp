// tincan/testing/detail/simulate/touches.hpp - what the step that happens now touches and brings about
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include <tincan/detail/drive/effect_log.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>

namespace tincan::inline abi0::testing::detail {

/// Collects accesses to shared objects, and the sources that have one more step because of them, until
/// a search takes them. Notes nothing while it is off.
class Touches {
 public:
  using Kind = AccessKind;

  void turnOn() noexcept { isOn_ = true; }
  void turnOff() noexcept { isOn_ = false; }
  bool isOn() const noexcept { return isOn_; }
  void clear() noexcept {
    isOn_ = isMuted_ = false;
    accesses_.clear();
    announced_.clear();
    lost_.clear();
  }
  /// Notes nothing until the next recordInto(): the search knows what happens until then.
  void mute() noexcept {
    isMuted_ = true;
    accesses_.clear();
    announced_.clear();
    lost_.clear();
  }

  /// Touches whether the endpoint is open.
  void life(SimulatedEndpoint const& of, Kind kind) { note(lifeOf(of), kind); }
  /// Touches the set of what comes to the endpoint.
  void arrivals(SimulatedEndpoint const& to, Kind kind) { note(lifeOf(to) + 1, kind); }
  /// Touches what comes to the endpoint, where a run() ends with a quit, or a poll() that misses nothing: what is
  /// sent comes before this, or after it.
  void looksForMore(SimulatedEndpoint const& endpoint) { arrivals(endpoint, Kind::FindsNone); }
  /// Touches what comes to the endpoint, if its poll() misses nothing.
  void polls(SimulatedEndpoint const& endpoint) {
    if (endpoint.missesNothing) looksForMore(endpoint);
  }
  /// Touches the room in the lane's limited inbox.
  void room(SimulatedLane const& lane) { note(std::uint64_t{1} << 32 | lane.source, Kind::Writes); }
  /// Touches who is the first to answer a request.
  static std::uint64_t answerOf(SimulatedEndpoint const& by, std::uint32_t number) noexcept {
    return std::uint64_t{1} << 62 | std::uint64_t{by.index} << 32 | number;
  }
  void answer(std::uint64_t answer, Kind kind) { note(answer, kind); }
  /// Touches what others have answered for the endpoint, before the end of that does so.
  void answersFor(SimulatedEndpoint const& responder, Kind kind) {
    note(std::uint64_t{1} << 58 | responder.index, kind);
  }
  /// Touches one end of two ports; 0 stands for all ports that nobody knows where they come from.
  static std::uint64_t portsOf(SimulatedEndpoint const& by, std::uint32_t number) noexcept {
    return std::uint64_t{1} << 61 | std::uint64_t{by.index} << 32 | std::uint64_t{number} << 1;
  }
  void port(std::uint64_t ports, unsigned end, Kind kind) {
    note((ports == 0 ? std::uint64_t{1} << 61 : ports) + end, kind);
  }
  /// Touches an object that endpoints share besides their messages; those of the test's own code have small numbers.
  static std::uint64_t sharedOf(SimulatedEndpoint const& by, std::uint32_t number) noexcept {
    return std::uint64_t{by.index + 1} << 32 | number;
  }
  /// What that object is called in notes: by its number among those of who has made it.
  static std::string sharedName(std::uint64_t object) {
    auto const number = static_cast<std::uint32_t>(object);
    return number == 0 ? "Shared" : "Shared " + std::to_string(number);
  }
  void shared(std::uint64_t object, Kind kind) { note(Shared | object, kind); }
  /// Touches what a claim looks at. Claims that are to hold sometimes have numbers from SometimesClaims on.
  void claim(std::uint64_t number) { note(Claims + number, Kind::Writes); }
  /// Touches what a claim sees until something changes that it looks at.
  void startOfClaim(std::uint64_t number, Kind kind) { note(Starts + number, kind); }
  /// Touches a hook of the bus, and what it keeps.
  void hook(std::uint64_t number, Kind kind) { note(Hooks + number, kind); }
  /// Touches what all hooks keep.
  void hooks() {
    using tincan::detail::EffectLog;
    for (auto const one : {EffectLog::BusHook::Error, EffectLog::BusHook::DeadLetter,
                           EffectLog::BusHook::HighWater, EffectLog::BusHook::Wake}) {
      hook(static_cast<std::uint64_t>(one), Kind::Writes);
    }
  }
  /// Touches whether the next message wakes its receiver, who has a hook for that.
  void wakes(bool changes) {
    hook(static_cast<std::uint64_t>(tincan::detail::EffectLog::BusHook::Wake),
         changes ? Kind::Writes : Kind::Reads);
  }
  /// Touches the set of who is on the bus.
  void endpoints(Kind kind) { note(Endpoints, kind); }
  /// Touches the order in which messages are sent, as far as faults depend on it.
  void faults() { note(Endpoints + 1, Kind::Writes); }
  void time(Kind kind) { note(Time, kind); }
  /// Touches what the endpoints share that one thread runs, or the thread that polls one which is not its code's own.
  void thread(SimulatedEndpoint const& runs) {
    if (runs.runsWith != nullptr) note(threadOf(runs.runsWith->index), Kind::Writes);
    else if (runs.polledBy != nullptr) note(threadOf(runs.index), Kind::Writes);
  }
  /// Touches the waits of the cycle with that number.
  void cycle(std::size_t number) { note(Time + 1 + number, Kind::Writes); }
  /// Touches a request: the message with that number, of all that its requester sends.
  void request(SimulatedEndpoint const& by, std::uint32_t number, Kind kind) {
    note(objectOf(by, number), kind);
  }
  static std::uint64_t objectOf(SimulatedEndpoint const& by, std::uint32_t number) noexcept {
    return std::uint64_t{1} << 63 | std::uint64_t{by.index} << 32 | number;
  }

  void sent(SimulatedLane const& lane, QueuedMessage const& message) {
    announce(lane.source);
    life(*lane.to, Kind::Reads);
    arrivals(*lane.to, message.kind == tincan::detail::Kind::Quit ? Kind::FindsNone : Kind::Adds);
  }
  void delivered(SimulatedLane const& lane, QueuedMessage const& message) {
    if (!isOn_ || isMuted_) return;
    SimulatedEndpoint const& to = *lane.to;
    life(to, Kind::Reads);
    polls(to);
    thread(to);
    if (message.kind == tincan::detail::Kind::Quit) looksForMore(to);
    if (message.isRequest()) request(*lane.from, message.sent.number, Kind::Reads);
    // What was superseded before it would have come first.
    if (lane.real->bounds != nullptr || message.isLatest || lane.hasDropped) room(lane);
  }

  /// Notes that one more step of that source can happen, because of what happens now.
  void announce(Source source) {
    if (isOn_ && !isMuted_) announced_.push_back(source);
  }

  /// Notes that this step cannot happen any more, because of what happens now.
  void lose(Step const& step) {
    if (isOn_ && !isMuted_) lost_.push_back(step);
  }

  /// Hands over what was noted since the last time.
  void recordInto(ScheduleSearch& search) {
    search.record(accesses_, announced_, lost_);
    accesses_.clear();
    announced_.clear();
    lost_.clear();
    isMuted_ = false;
  }

  static constexpr std::uint64_t Endpoints = std::uint64_t{1} << 33;
  static constexpr std::uint64_t Hooks = Endpoints + 2;
  static constexpr std::uint64_t Claims = Hooks + 16;
  static constexpr std::uint64_t Shared = std::uint64_t{1} << 59;
  static constexpr std::uint64_t Starts = Claims + (std::uint64_t{1} << 19);
  static constexpr std::uint64_t SometimesClaims = std::uint64_t{1} << 18;  // a claim's number
  static constexpr std::uint64_t Time = Claims + (std::uint64_t{1} << 20);

  static std::uint64_t lifeOf(SimulatedEndpoint const& endpoint) noexcept {
    return std::uint64_t{endpoint.index} * 2;
  }

 private:
  void note(std::uint64_t object, Kind kind) {
    if (!isOn_ || isMuted_) return;
    // A loop looks at the same things again and again; once is enough for the search.
    constexpr std::ptrdiff_t Recent = 4;
    Access const access{object, kind};
    auto const begin = accesses_.end() - (std::min)(Recent, std::ssize(accesses_));
    if (std::find(begin, accesses_.end(), access) == accesses_.end()) accesses_.push_back(access);
  }

  bool isOn_ = false;
  bool isMuted_ = false;
  std::vector<Access> accesses_{};
  std::vector<Source> announced_{};
  std::vector<Step> lost_{};
};

}  // namespace tincan::inline abi0::testing::detail
