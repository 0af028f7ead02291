// tincan/detail/message/message.hpp - one message: a cell of one cache line
//
//   Threads   One at a time: the sender until it publishes the cell, then the receiver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/latest_ticket.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/queue/lane.hpp>

namespace tincan::inline abi0::detail {

/// The kind of what a cell holds, in the low bits of its word. The stamp is above them.
enum class Kind : std::uint64_t {
  Message,  // send: cell.arguments
  Request,  // sendSync, request: cell.arguments; the slot in the last bytes of the storage
  Invoke,   // invoke: as a request, for the handler
  Post,     // cell.task
  Answer,   // an answer to a continuation: the slot, in the place that it has in a request
  Quit,     // an end of run(); empty
  Extra,    // the arguments of the request in the lane's next cell
  Nothing,  // a message that was dropped, or what stands beside a task
  Latest    // a message that its sender may supersede; who takes it makes it a Message or Nothing
};

/// Whether a tap is told of cells of that kind, see Passing.
constexpr bool isTold(Kind kind) noexcept { return kind <= Kind::Answer; }

inline constexpr unsigned KindBits = 4;
/// The word of a cell. A larger stamp makes a larger word.
constexpr std::uint64_t makeWord(std::uint64_t stamp, Kind kind) noexcept {
  return stamp << KindBits | static_cast<std::uint64_t>(kind);
}
constexpr std::uint64_t stampOf(std::uint64_t word) noexcept { return word >> KindBits; }
constexpr Kind kindOf(std::uint64_t word) noexcept {
  return static_cast<Kind>(word & ((1u << KindBits) - 1));
}

/// A function that was posted. On the heap, unless its end() says otherwise.
struct PostedFunction {
  PostedFunction() = default;
  PostedFunction(PostedFunction const&) = delete;
  PostedFunction& operator=(PostedFunction const&) = delete;
  virtual ~PostedFunction() = default;
  /// Calls the function.
  virtual void run() = 0;
  /// True if somebody waits for what it does: if its endpoint is closed first it runs all the same, at
  /// the end of that, on its thread.
  virtual bool runsAnyway() const noexcept { return false; }
  /// True if poll() counts it.
  virtual bool counts() const noexcept { return true; }
  /// The slot of a function that is to give an answer; null: it is none, or has given it.
  virtual AnswerSlot* asks() const noexcept { return nullptr; }
  /// Ends it; it will not run, or not again.
  virtual void end() noexcept { delete this; }

  PostedFunction* next = nullptr;  // in the list of an endpoint
};

/// Deletes a posted function, as an Owned wants it.
struct EndTask {
  void operator()(PostedFunction* task) const noexcept { task->end(); }
};
using TaskPtr = Owned<PostedFunction, EndTask>;

/// Posted functions in the order in which they came. Those that are left at the end are not run.
class TaskList {
 public:
  TaskList() = default;
  TaskList(TaskList&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
  TaskList(TaskList const&) = delete;
  TaskList& operator=(TaskList const&) = delete;
  TaskList& operator=(TaskList&&) = delete;
  ~TaskList() {
    while (pop() != nullptr) {
    }
  }

  /// Adds one behind the others.
  void push(TaskPtr task) noexcept {
    PostedFunction* const added = task.release();
    added->next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = added;
    last_ = added;
  }
  /// Takes out the first one; null if there is none.
  [[nodiscard]] TaskPtr pop() noexcept {
    if (first_ == nullptr) return nullptr;
    TaskPtr task(std::exchange(first_, first_->next));
    if (first_ == nullptr) last_ = nullptr;
    return task;
  }
  bool empty() const noexcept { return first_ == nullptr; }

 private:
  PostedFunction* first_ = nullptr;
  PostedFunction* last_ = nullptr;
};

/// A cell of a lane between endpoints.
struct alignas(CacheLine) MessageCell {
  // First, so that arguments of every alignment up to a cache line fit in place.
  std::byte storage[InPlace];
  union {
    ArgumentsOps const* arguments;
    PostedFunction* task;
  };
  NameRecord const* name{};
  ThreadPlatform::atomic<std::uint64_t> word{0};

  // By memcpy: the storage is bytes, and this is how a pointer is put into bytes.
  void setSlot(AnswerSlot* slot) noexcept {
    std::memcpy(storage + InPlaceOfRequest, &slot, sizeof(slot));
  }
  AnswerSlot* slot() const noexcept {
    AnswerSlot* slot = nullptr;
    std::memcpy(&slot, storage + InPlaceOfRequest, sizeof(slot));
    return slot;
  }
  void setHeap(void* arguments_) noexcept { std::memcpy(storage, &arguments_, sizeof(void*)); }
  void* heap() const noexcept {
    void* arguments_ = nullptr;
    std::memcpy(&arguments_, storage, sizeof(arguments_));
    return arguments_;
  }
  // In the place of a request's slot.
  void setTicket(LatestTicket* ticket) noexcept {
    std::memcpy(storage + InPlaceOfRequest, &ticket, sizeof(ticket));
  }
  LatestTicket* ticket() const noexcept {
    LatestTicket* ticket = nullptr;
    std::memcpy(&ticket, storage + InPlaceOfRequest, sizeof(ticket));
    return ticket;
  }

  // ---- see LaneTaker::take() ----

  static bool mustBeClaimed(std::uint64_t word) noexcept { return kindOf(word) == Kind::Latest; }
  std::uint64_t lookAtClaim() const noexcept { return ticket()->look(); }
  [[nodiscard]] Claim claim(std::uint64_t seen) const noexcept { return ticket()->claim(seen); }
  /// Makes an ordinary message of one that was claimed; or nothing, if it was superseded. Returns the new word.
  std::uint64_t settle(Claim claimed) noexcept {
    if (claimed == Claim::Superseded) delete ticket();
    Kind const kind = claimed == Claim::Superseded ? Kind::Nothing : Kind::Message;
    // relaxed, both: the cell is the reader's.
    std::uint64_t const settled = makeWord(stampOf(word.load(std::memory_order_relaxed)), kind);
    word.store(settled, std::memory_order_relaxed);
    return settled;
  }

  /// Builds the arguments of a message where they travel. Throws what their constructors throw.
  template <class Captured, class... A>
  [[gnu::always_inline]] void make(A&&... from) {
    using Tuple = typename Captured::Tuple;
    if constexpr (Captured::place == Place::Heap) {
      setHeap(Tuple::makeOnHeap(static_cast<A&&>(from)...));
    } else {
      Tuple::makeAt(storage, static_cast<A&&>(from)...);
    }
    arguments = &Captured::ops;
  }

  /// The arguments. `extra` is the cell before if that holds them, else null.
  ArgumentsView view(MessageCell* extra) noexcept {
    void* at = extra == nullptr ? storage : extra->storage;
    if (extra == nullptr && arguments->place == Place::Heap) [[unlikely]]
      std::memcpy(&at, storage, sizeof(at));
    return {arguments, at};
  }
};
static_assert(sizeof(MessageCell) == CacheLine);

inline constexpr std::size_t CellsPerChunk = 64;
/// The number of empty chunks that a lane keeps: 4,096 messages, 256 KiB.
inline constexpr std::size_t SpareChunks = 64;

using MessageQueue = Lane<ThreadPlatform, MessageCell, CellsPerChunk, SpareChunks>;

}  // namespace tincan::inline abi0::detail
