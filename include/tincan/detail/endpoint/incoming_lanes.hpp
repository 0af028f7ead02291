// tincan/detail/endpoint/incoming_lanes.hpp - the lanes that lead to one endpoint
//
//   Threads   Any.
//   Progress  The cost of an operation does not depend on the number of lanes, but for waiting() and
//             forEach(). add() and takeAbandoned() may allocate, without the lock.
//   Lifetime  Holds the lanes until close().
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

/// A lane has a writer, which may be a stand-in that is `named` after the sender for which it writes,
/// a place here, and a link nextOfSender to the next lane of a stand-in for that sender.
template <class Lane>
class IncomingLanes {
 public:
  using Lanes = Row<std::shared_ptr<Lane>>;

  /// Adds a lane. `isUsual`: it carries the messages of its writer, who has no other lane of that
  /// kind to here. False if the endpoint is closed. Throws std::bad_alloc, and then nothing has
  /// happened.
  [[nodiscard]] bool add(std::shared_ptr<Lane> const& lane, bool isUsual) {
    auto const* const writer = lane->writer.get();
    auto const* const named = writer->named.get();
    bool const isOfStandIn = isUsual && named != nullptr;
    Room room;  // then what is not used any more
    std::unique_lock lock(mutex_);
    while (!isClosed_ && !makeRoom(isUsual, isOfStandIn, room)) {
      lock.unlock();  // others would wait for the memory
      room.takeMemory();
      lock.lock();
    }
    if (isClosed_) return false;
    lane->place = lanes_.size();
    lanes_.push_back(lane);
    if (isUsual) usual_.insert(writer, lane.get());
    if (isOfStandIn) {
      if (Lane** const first = ofStandIns_.find(named)) {
        lane->nextOfSender = std::exchange(*first, lane.get());
      } else {
        ofStandIns_.insert(named, lane.get());
      }
    }
    return true;
  }

  /// Takes out the lanes that the inbox finds to be abandoned and empty, at most that many.
  template <class Inbox>
  Lanes takeAbandoned(Inbox& inbox, std::size_t most) {
    Lanes gone;
    std::unique_lock lock(mutex_);
    if (isClosed_) return gone;
    lock.unlock();  // what allocates
    gone.reserve(most);
    inbox.collectAbandoned();
    lock.lock();
    if (isClosed_) return gone;
    inbox.dropAbandoned(gone.capacity(), [&](Lane& lane) {
      Lane* const* const usual = usual_.find(lane.writer.get());
      if (usual != nullptr && *usual == &lane) {
        usual_.take(lane.writer.get());
        forgetOfStandIn(lane);
      }
      lanes_.back()->place = lane.place;
      std::swap(lanes_[lane.place], lanes_.back());
      gone.push_back(std::move(lanes_.back()));
      lanes_.pop_back();
    });
    return gone;
  }

  /// Takes all lanes into `taken`; none is added from now on. False the second time.
  [[nodiscard]] bool close(Lanes& taken) noexcept {
    Map usual, ofStandIns;  // whose memory is given back without the lock
    std::lock_guard const lock(mutex_);
    if (std::exchange(isClosed_, true)) return false;
    taken.swap(lanes_);
    usual = std::move(usual_);
    ofStandIns = std::move(ofStandIns_);
    return true;
  }

  /// Says what is left of the messages of a sender.
  struct Left {
    bool isEmpty;  // none waits
    bool isLast;   // and none will come by the lanes that there are
  };
  /// Looks what is left from a sender. `wasLeft`: it was seen to have let its lanes go.
  Left leftFrom(void const* sender, bool wasLeft) noexcept {
    std::lock_guard const lock(mutex_);
    Lane* const* const lane = usual_.find(sender);
    Left left{lane == nullptr || (*lane)->front() == nullptr,
              lane == nullptr ? wasLeft : (*lane)->abandoned()};
    if (Lane* const* const first = ofStandIns_.find(sender)) {
      for (Lane* other = *first; other != nullptr; other = other->nextOfSender) {
        if (other->writer->isTakenOver()) left.isLast = left.isLast && other->abandoned();
        left.isEmpty = left.isEmpty && other->front() == nullptr;
      }
    }
    return left;
  }

  /// The number of messages in all lanes.
  std::uint64_t waiting() const noexcept {
    std::uint64_t count = 0;
    std::lock_guard const lock(mutex_);
    for (auto const& lane : lanes_) count += lane->waiting();
    return count;
  }
  /// Calls use(lane) for each lane, under the lock.
  template <class Use>
  void forEach(Use&& use) const {
    std::lock_guard const lock(mutex_);
    for (auto const& lane : lanes_) use(lane);
  }

  /// The lock, for Clearing: who of several threads clears a lane of the closed endpoint.
  BusMutex& mutex() noexcept { return mutex_; }

 private:
  using Map = AddressMap<Lane*>;
  using MapRoom = typename Map::Room;

  /// Memory for one more lane, which is taken without the lock.
  struct Room {
    Lanes lanes{};
    MapRoom usual{}, ofStandIns{};
    // How much there must be; 0: there is enough.
    std::size_t forLanes = 0, forUsual = 0, forStandIns = 0;

    /// Throws std::bad_alloc.
    void takeMemory() {
      if (forLanes != 0) lanes.reserve(forLanes);
      if (forUsual != 0) usual = MapRoom(forUsual);
      if (forStandIns != 0) ofStandIns = MapRoom(forStandIns);
    }
  };
  /// Moves to that room where there is not enough. False if that is not enough either: then it knows how
  /// much is.
  bool makeRoom(bool isUsual, bool isOfStandIn, Room& room) noexcept {
    if (lanes_.size() == lanes_.capacity() && room.lanes.capacity() > lanes_.size()) {
      room.lanes.clear();
      for (auto& lane : lanes_) room.lanes.push_back(std::move(lane));
      lanes_.swap(room.lanes);
    }
    if (isUsual && !usual_.hasRoom()) usual_.moveTo(room.usual);
    if (isOfStandIn && !ofStandIns_.hasRoom()) ofStandIns_.moveTo(room.ofStandIns);
    room.forLanes = lanes_.size() < lanes_.capacity() ? 0 : lanes_.size() * 2 + 4;
    room.forUsual = !isUsual || usual_.hasRoom() ? 0 : usual_.sizeOfRoom();
    room.forStandIns = !isOfStandIn || ofStandIns_.hasRoom() ? 0 : ofStandIns_.sizeOfRoom();
    return room.forLanes == 0 && room.forUsual == 0 && room.forStandIns == 0;
  }

  void forgetOfStandIn(Lane& lane) noexcept {
    void const* const sender = lane.writer->named.get();
    if (sender == nullptr) return;
    Lane** const first = ofStandIns_.find(sender);
    if (first == nullptr) return;
    for (Lane** place = first; *place != nullptr; place = &(*place)->nextOfSender) {
      if (*place != &lane) continue;
      *place = lane.nextOfSender;
      break;
    }
    if (*first == nullptr) ofStandIns_.take(sender);
  }

  mutable BusMutex mutex_{};  // guards all that follows
  Lanes lanes_{};
  Map usual_{};       // by the writer's address
  Map ofStandIns_{};  // the first of each sender's, by its address
  bool isClosed_ = false;
};

}  // namespace tincan::inline abi0::detail
