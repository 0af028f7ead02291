// tincan/detail/process/process.hpp - what all modules of a process share
//
// An executable and the shared objects that it loads may each have this library compiled in, with
// hidden visibility or not: each module then has inline variables of its own. What must be one for
// the process (who a thread is, who waits for whom) lies in the Process of one of them, the first
// in the order in which they were loaded; so it is the executable's, if that has one. The modules
// find each other without exported symbols: each carries an ELF note with the address of its own
// Process, and dl_iterate_phdr(3) shows the notes of all that are loaded.
//
// What outlives the call that makes it and has virtual functions (endpoints, lanes) is made by the
// code of that module, too: it stays loaded when the one that asked for it is gone.
//
//   Threads   Any.
//   Lifetime  Never ends: threads, and objects with static storage, may end later than anything.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#if defined(__ELF__) && defined(__linux__)
#define TINCAN_DETAIL_MODULE_NOTES 1
#include <dlfcn.h>
#include <link.h>
#endif

#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/fork_gate.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0 {
struct InboxOptions;
}

namespace tincan::inline abi0::detail {

class BusCore;
class EndpointCore;
class ThreadHolder;
struct MessageLane;
struct ThreadState;

using ThreadToken = ThreadTokenOf<ThreadPlatform>;
using Waits = WaitGraph<ThreadPlatform>;

/// What is one for the process.
struct Process {
  /// The functions by which the module makes things for all others.
  struct Makers {
    ThreadState& (*thisThread)() noexcept;
    ThreadHolder& (*holder)(ThreadState& thread);
    std::shared_ptr<EndpointCore> (*endpoint)(std::shared_ptr<BusCore> bus, std::string name,
                                              std::uint64_t id, InboxOptions const& options,
                                              std::shared_ptr<EndpointCore> named);
    std::shared_ptr<MessageLane> (*lane)(std::shared_ptr<EndpointCore> from,
                                         std::shared_ptr<EndpointCore> to);
    ForkGate::Sections& (*sections)() noexcept;  // this thread's
  };

  explicit constexpr Process(Makers const& byThisModule) noexcept : makers(byThisModule) {}
  Process(Process const&) = delete;
  Process& operator=(Process const&) = delete;

  Makers const makers;
  std::atomic<Waits*> waits{nullptr};  // null until the first bus, see waitGraph()
  std::atomic<std::uint64_t> told{0};  // a stamp, see tell()

  ForkGate forks;

  std::mutex mutex;                 // guards what follows; also held while the process forks
  ThreadHolder* threads = nullptr;  // a list
  bool isPrepared = false;          // the end of threads and forks are noticed
  bool isPinned = false;            // the module stays loaded
  unsigned long threadEndKey = 0;   // a pthread_key_t
};

#if defined(TINCAN_DETAIL_MODULE_NOTES)

/// The number of the layout of what modules share. Modules with different numbers do not know each
/// other.
#define TINCAN_DETAIL_MODULE_LAYOUT 6
static_assert(sizeof(void*) != 8 || (sizeof(Process) == 2432 && offsetof(Process, mutex) == 2304),
              "a new layout has a new number");

/// An ELF note as it lies in memory, with the address of a Process.
struct alignas(8) ModuleNote {
  std::uint32_t nameSize = sizeof(name);
  std::uint32_t contentSize = sizeof(process);
  std::uint32_t type = Layout;
  char name[12] = "tincan.bus\0";
  Process* process;

  static constexpr std::uint32_t Layout = TINCAN_DETAIL_MODULE_LAYOUT;
};
static_assert(offsetof(ModuleNote, process) == 24, "what follows the name is not padded");

/// The Process of the first module that has a note, and the path of that module; null: there is none.
struct FirstModule {
  Process* process = nullptr;
  char const* path = nullptr;

  /// Looks at one module, for dl_iterate_phdr(3). Returns 1, and fills in `result`, if it has a
  /// note.
  static int visit(dl_phdr_info* module, std::size_t, void* result) {
    auto& first = *static_cast<FirstModule*>(result);
    for (unsigned i = 0; i < module->dlpi_phnum; ++i) {
      ElfW(Phdr) const& segment = module->dlpi_phdr[i];
      if (segment.p_type != PT_NOTE) continue;
      auto const* const begin = reinterpret_cast<char const*>(module->dlpi_addr + segment.p_vaddr);
      if (Process* const process = find(begin, segment.p_memsz, segment.p_align)) {
        first = {process, module->dlpi_name};
        return 1;
      }
    }
    return 0;
  }

 private:
  /// The Process that one of the notes names, or null.
  static Process* find(char const* notes, std::size_t size, std::size_t alignment) noexcept {
    std::size_t const step = alignment == 8 ? 8 : 4;
    auto const padded = [step](std::size_t bytes) { return (bytes + step - 1) / step * step; };
    ModuleNote const expected{.process = nullptr};
    for (std::size_t at = 0; at + 12 <= size;) {
      std::uint32_t head[3];
      std::memcpy(head, notes + at, sizeof(head));
      bool const isOurs = head[0] == expected.nameSize && head[1] == expected.contentSize &&
                          head[2] == expected.type && at + sizeof(ModuleNote) <= size &&
                          std::memcmp(notes + at + 12, expected.name, sizeof(expected.name)) == 0;
      if (isOurs) {
        Process* process = nullptr;
        std::memcpy(&process, notes + at + offsetof(ModuleNote, process), sizeof(process));
        return process;
      }
      at += padded(padded(12 + head[0]) + head[1]);
    }
    return nullptr;
  }
};

/// The address of dlopen(3), or null in a program that is linked statically, or with an old C library
/// and without -ldl. Such a program unloads nothing.
[[gnu::weakref("dlopen")]] static void* dlopenIfThere(char const*, int);

/// Keeps the module of that path from being unloaded; null or empty: the program itself.
inline void pinModule(Process& process, char const* path) noexcept {
  {
    std::lock_guard const lock(process.mutex);
    if (std::exchange(process.isPinned, true)) return;
  }
  // Without the lock: whoever loads a module has the loader's, and may come here.
  bool const isProgram = path == nullptr || *path == '\0';
  if (isProgram || &dlopenIfThere == nullptr) return;
  dlopenIfThere(path, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

#endif

/// The Process of this module, used only if it is the first one. Defined in module.hpp.
Process& ownProcess() noexcept;

/// The Process that all modules share. Null until this module has looked for it.
inline constinit std::atomic<Process*> foundProcess{nullptr};

/// Looks for the Process that all modules share.
[[gnu::noinline]] inline Process& findProcess() noexcept {
  Process* process = &ownProcess();
#if defined(TINCAN_DETAIL_MODULE_NOTES)
  FirstModule first;
  dl_iterate_phdr(&FirstModule::visit, &first);
  if (first.process != nullptr) {
    process = first.process;
    pinModule(*process, first.path);
  }
#endif
  // release: pairs with the acquire in process().
  foundProcess.store(process, std::memory_order_release);
  return *process;
}

/// The Process that all modules share.
inline Process& process() noexcept {
  // acquire: pairs with the release in findProcess().
  Process* const found = foundProcess.load(std::memory_order_acquire);
  return found != nullptr ? *found : findProcess();
}

/// Who waits for whom in the process: a thread waits as a whole, for whichever bus. Throws
/// std::bad_alloc before there was a bus.
inline Waits& waitGraph() {
  std::atomic<Waits*>& place = process().waits;
  // acquire: pairs with the release of whoever has made it, below.
  Waits* graph = place.load(std::memory_order_acquire);
  if (graph != nullptr) [[likely]]
    return *graph;
  auto made = std::make_unique<Waits>();
  // acq_rel: releases what we have made, or acquires what another thread has.
  if (place.compare_exchange_strong(graph, made.get(), std::memory_order_acq_rel)) {
    graph = made.release();
  }
  return *graph;
}

}  // namespace tincan::inline abi0::detail
