// tests/model/tasks.cpp - a task ends once: with its coroutine, its handle, the one who waits, or the news
#include <tincan/detail/answer/task_state.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using Platform = model::Platform<false>;

struct alignas(16) Waiter {
  Plain<bool> isTold{false};
};

struct Task {
  tincan::detail::TaskState<Platform, Waiter> state;
  Plain<int> result;
  Plain<int> waitsAt;  // the waiter's, until it waits; then the coroutine's
  Plain<int> handle;   // of the one who has that, then of the last one
};

/// Thread 0 runs the coroutine, thread 1 has the handle and waits. The last one to leave deletes the
/// task: Relacy reports one that is deleted twice, or never, and who touches it afterwards.
template <class Derived>
struct Shared : Scenario<Derived, 2, Platform> {
  static constexpr int Taken = 0;
  enum Inbox : std::uint32_t { Empty, Arrived, Nothing };

  Task* task = nullptr;
  Atomic<std::uint32_t> inbox{Empty};  // of the thread that waits

  void before() {
    task = new Task;
    task->handle = 0;
  }

  /// As TaskPromiseBase::finish().
  void finish() {
    task->result = 42;
    if (task->state.finish() != nullptr) {
      MODEL_REQUIRE(task->waitsAt == 7);
      inbox.store(Arrived, std::memory_order_release);
      return;
    }
    endIf(task->state.tellingIsOver());
    inbox.store(Nothing, std::memory_order_release);
  }
  /// False: it is done.
  bool waitBy(Waiter& waiter) {
    return task->state.waitBy(waiter, [this](bool isWaitedFor) {
      MODEL_REQUIRE(!isWaitedFor);
      task->waitsAt = 7;
    });
  }
  /// Until the coroutine has ended, and somebody has been told or not.
  bool hasArrived() {
    std::uint32_t seen = Empty;
    while ((seen = inbox.load(std::memory_order_acquire)) == Empty) Platform::yield();
    return seen == Arrived;
  }
  void take() {
    MODEL_REQUIRE(task->result == 42);
    task->result = Taken;
  }
  /// As TaskPromiseBase::leave(): with a look whether somebody has had the result.
  void endIf(bool isLast) {
    if (!isLast) return;
    MODEL_REQUIRE(task->result == 42 || task->result == Taken);
    MODEL_REQUIRE(task->handle == 0 || task->handle == 1);
    delete task;
  }
};

/// The waiter is told, or finds that there is nothing to wait for.
struct Told : Shared<Told> {
  void thread(unsigned index) {
    if (index == 0) return finish();
    Waiter waiter;
    if (!waitBy(waiter)) {
      MODEL_REQUIRE(task->state.isDone());
      take();
      endIf(task->state.drop());
      return;
    }
    MODEL_REQUIRE(hasArrived());
    MODEL_REQUIRE(task->state.waiter() == &waiter);
    take();
    endIf(task->state.waitIsOver());
    endIf(task->state.drop());
    endIf(task->state.tellingIsOver());
  }
};

/// The waiter does not wait until the end, and another one waits then, or not; what has come for the
/// first one tells the second, or nobody.
template <bool WaitsAgain>
struct GoesAway : Shared<GoesAway<WaitsAgain>> {
  void thread(unsigned index) {
    if (index == 0) return this->finish();
    auto& state = this->task->state;
    auto first = std::make_unique<Waiter>();
    bool const hasWaited = this->waitBy(*first);
    if (hasWaited) this->endIf(state.waitIsOver());
    first.reset();
    Waiter second;
    bool const waits = WaitsAgain && this->waitBy(second);
    if (!waits) this->endIf(state.drop());
    if (this->hasArrived()) {
      // The news has come, and so the task is there.
      Waiter* const waiter = state.waiter();
      MODEL_REQUIRE(waiter == (waits ? &second : nullptr));
      if (waits) end(state);
      this->endIf(state.tellingIsOver());
    } else {
      MODEL_REQUIRE(!waits);
    }
  }
  void end(decltype(Task::state)& state) {
    this->take();
    this->endIf(state.waitIsOver());
    this->endIf(state.drop());
  }
};

/// The handle goes while the coroutine runs.
struct Dropped : Shared<Dropped> {
  void thread(unsigned index) {
    if (index == 0) return finish();
    endIf(task->state.drop());
  }
};

/// The one who has the handle cancels, and lets it go. The news comes to the coroutine before or after its end.
struct Cancelled : Shared<Cancelled> {
  Atomic<std::uint32_t> news{Empty};

  void thread(unsigned index) {
    if (index == 1) {
      MODEL_REQUIRE(task->state.beginCancel());
      news.store(Arrived, std::memory_order_release);
      task->handle = 1;
      endIf(task->state.drop());
      return;
    }
    bool const isBefore = news.load(std::memory_order_acquire) == Arrived;
    if (isBefore) endIf(task->state.cancelIsOver());
    finish();
    if (isBefore) return;
    while (news.load(std::memory_order_acquire) == Empty) Platform::yield();
    endIf(task->state.cancelIsOver());
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Told>("tasks: who waits is told", 4);
  explorer.run<GoesAway<false>>("tasks: who waits goes away", 4);
  explorer.run<GoesAway<true>>("tasks: who waits goes away, and another one comes", 4);
  explorer.run<Dropped>("tasks: the handle goes", 4);
  explorer.run<Cancelled>("tasks: the handle cancels and goes", 4);
  return explorer.result();
}
