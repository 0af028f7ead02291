// tests/oom/failing_new.cpp - operator new that fails when it is told to
#include "failing_new.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace oom {
namespace {

std::atomic<long> planned{0};  // 0: none
std::atomic<long> counted{0};
std::atomic<bool> isForEver{false};
std::atomic<long> failed{0};
std::atomic<int> onAllThreads{0};
thread_local int onThisThread = 0;
thread_local int exempt = 0;

bool mustFail() noexcept {
  if (exempt != 0) return false;
  if (onThisThread == 0 && onAllThreads.load(std::memory_order_relaxed) == 0) return false;
  long const nth = counted.fetch_add(1, std::memory_order_relaxed) + 1;
  long const first = planned.load(std::memory_order_relaxed);
  bool const fails =
      first != 0 && (nth == first || (nth > first && isForEver.load(std::memory_order_relaxed)));
  if (fails) failed.fetch_add(1, std::memory_order_relaxed);
  return fails;
}

void* allocate(std::size_t size) noexcept {
  return mustFail() ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
  void* at = nullptr;
  if (mustFail() || posix_memalign(&at, static_cast<std::size_t>(alignment), size) != 0) {
    return nullptr;
  }
  return at;
}
void* orThrow(void* at) {
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

}  // namespace

void planFailure(long nth, Fail how) noexcept {
  planned = nth;
  isForEver = how == Fail::FromThenOn;
  counted = 0;
  failed = 0;
}
void planNoFailure() noexcept { planFailure(0, Fail::Once); }
long allocations() noexcept { return counted; }
long failures() noexcept { return failed; }

FailingMemory::FailingMemory(On on) noexcept : on_(on) {
  if (on_ == On::AllThreads) ++onAllThreads;
  else ++onThisThread;
}
FailingMemory::~FailingMemory() {
  if (on_ == On::AllThreads) --onAllThreads;
  else --onThisThread;
}

UsualMemory::UsualMemory() noexcept { ++exempt; }
UsualMemory::~UsualMemory() { --exempt; }

}  // namespace oom

void* operator new(std::size_t size) { return oom::orThrow(oom::allocate(size)); }
void* operator new(std::size_t size, std::nothrow_t const&) noexcept { return oom::allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return oom::orThrow(oom::allocate(size, alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment, std::nothrow_t const&) noexcept {
  return oom::allocate(size, alignment);
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete(void* at, std::nothrow_t const&) noexcept { std::free(at); }
void operator delete(void* at, std::align_val_t) noexcept { std::free(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { std::free(at); }
void operator delete(void* at, std::align_val_t, std::nothrow_t const&) noexcept { std::free(at); }
