// tincan/detail/dispatch/module.ipp - this module's part in the process
//
// A module is an executable or a shared object, see process.hpp.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <tincan/detail/base/fork_gate.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/per_thread.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/thread/thread_holder.hpp>

namespace tincan::inline abi0::detail {

/// What each thread has, from its first use of a bus until its end.
struct ThreadStorage {
  ThreadState state{};
  ForkGate::Sections sections{};  // that a fork() waits for
};

/// What the thread has, if this module is the first one.
inline ThreadStorage& ownThread() noexcept { return PerThread<ThreadStorage>::mine(); }

/// Makes what all modules share, if this module is the first one.
struct OwnMakers {
  static ThreadState& thisThread() noexcept;
  static ThreadHolder& holder(ThreadState& thread) {
    thread.holder = new ThreadHolder(thread);
    static thread_local LastWaits const lastWaits;
    return *thread.holder;
  }
  /// Ends with the thread_local objects of a thread. Whoever has made the thread may be joining it by
  /// then, by other means than ours: objects that are older than the first use of a bus do not wait any
  /// more for endpoints that nobody has polled yet.
  struct LastWaits {
    ~LastWaits() { ownThread().state.isEnding = !ThreadPlatform::isMainThread(); }
  };
  static std::shared_ptr<EndpointCore> endpoint(std::shared_ptr<BusCore> bus, std::string name,
                                                std::uint64_t id, InboxOptions const& options,
                                                std::shared_ptr<EndpointCore> named) {
    return std::make_shared<EndpointCore>(std::move(bus), std::move(name), id, options,
                                          std::move(named));
  }
  static std::shared_ptr<MessageLane> lane(std::shared_ptr<EndpointCore> from,
                                           std::shared_ptr<EndpointCore> to) {
    return std::make_shared<MessageLane>(std::move(from), std::move(to));
  }
  static ForkGate::Sections& sections() noexcept { return ownThread().sections; }
};

[[gnu::used]] inline constinit Process ownProcessObject
#if defined(TINCAN_DETAIL_MODULE_NOTES)
    // The note below knows it by this name.
    asm("tincan_process_1")
#endif
        {{&OwnMakers::thisThread, &OwnMakers::holder, &OwnMakers::endpoint, &OwnMakers::lane,
          &OwnMakers::sections}};

TINCAN_INLINE Process& ownProcess() noexcept { return ownProcessObject; }

TINCAN_INLINE ThreadState& OwnMakers::thisThread() noexcept {
  ThreadState& state = ownThread().state;
  state.told = &ownProcessObject.told;
  return state;
}

#if defined(TINCAN_DETAIL_MODULE_NOTES)
// The note by which the other modules find this one: a ModuleNote. In the assembler's language,
// because g++ 12 gives no section of a variable the type of a note.
#if __SIZEOF_POINTER__ == 8
#define TINCAN_DETAIL_POINTER_SIZE ".long 8\n"
#define TINCAN_DETAIL_POINTER ".quad"
#else
#define TINCAN_DETAIL_POINTER_SIZE ".long 4\n"
#define TINCAN_DETAIL_POINTER ".long"
#endif
#define TINCAN_DETAIL_QUOTED(text) #text
#define TINCAN_DETAIL_TEXT(macro) TINCAN_DETAIL_QUOTED(macro)
asm(".pushsection .note.tincan,\"awG\",%note,tincan_note_1,comdat\n"
    ".balign 8\n"
    ".long 12\n" TINCAN_DETAIL_POINTER_SIZE
    ".long " TINCAN_DETAIL_TEXT(TINCAN_DETAIL_MODULE_LAYOUT) "\n"
    ".asciz \"tincan.bus\"\n"
    ".byte 0\n" TINCAN_DETAIL_POINTER
    " tincan_process_1\n"
    ".popsection\n");
#undef TINCAN_DETAIL_TEXT
#undef TINCAN_DETAIL_QUOTED
#undef TINCAN_DETAIL_POINTER
#undef TINCAN_DETAIL_POINTER_SIZE
#endif

}  // namespace tincan::inline abi0::detail
