// tincan/detail/process/process.ipp - what all modules of a process share: how they find it
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/process/process.hpp>

#if defined(TINCAN_DETAIL_MODULE_NOTES)
#include <dlfcn.h>
#include <link.h>
#endif

namespace tincan::inline abi0::detail {

#if defined(TINCAN_DETAIL_MODULE_NOTES)

static_assert(sizeof(void*) != 8 || (sizeof(Process) == 2432 && offsetof(Process, threads) == 2312),
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
TINCAN_INLINE void pinModule(Process& process, char const* path) noexcept {
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

[[gnu::noinline]] TINCAN_INLINE Process& findProcess() noexcept {
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

[[gnu::noinline]] TINCAN_INLINE Waits& makeWaitGraph() {
  std::atomic<Waits*>& place = process().waits;
  // acquire: pairs with the release of whoever has made it, below.
  Waits* graph = place.load(std::memory_order_acquire);
  if (graph != nullptr) return *graph;
  auto made = Owned<Waits>::make();
  // acq_rel: releases what we have made, or acquires what another thread has.
  if (place.compare_exchange_strong(graph, made.get(), std::memory_order_acq_rel)) {
    graph = made.release();
  }
  return *graph;
}

}  // namespace tincan::inline abi0::detail
