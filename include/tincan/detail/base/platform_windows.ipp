// tincan/detail/base/platform_windows.ipp - the machine under the lock-free parts: Windows
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/parking_lot.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/windows_calls.hpp>

namespace tincan::inline abi0::detail {

/// The functions of Windows 8 that sleep on a word. Without them threads sleep in a ParkingLot.
struct WaitOnWord {
  using Wait = int __stdcall(void volatile*, void*, std::size_t, unsigned long);
  using Wake = void __stdcall(void*);

  Wait* wait = windowsFunction<Wait>(L"kernelbase.dll", "WaitOnAddress");
  Wake* wake = windowsFunction<Wake>(L"kernelbase.dll", "WakeByAddressSingle");

  bool isThere() const noexcept { return wait != nullptr && wake != nullptr; }

  static WaitOnWord const& get() noexcept {
    static WaitOnWord const found;
    return found;
  }
};

TINCAN_INLINE void ThreadPlatform::yield() noexcept { SwitchToThread(); }

/// The thread that loads the module. For an executable it is the one that the process began with.
inline unsigned long const loadingThread = GetCurrentThreadId();

TINCAN_INLINE bool ThreadPlatform::isMainThread() noexcept {
  return GetCurrentThreadId() == loadingThread;
}

TINCAN_INLINE void ThreadPlatform::nameThread(std::string_view name) noexcept {
  using SetDescription = long __stdcall(void*, wchar_t const*);
  static auto* const setDescription =
      windowsFunction<SetDescription>(L"kernelbase.dll", "SetThreadDescription");  // Windows 10
  if (setDescription == nullptr) return;
  wchar_t text[64] = {};
  for (std::size_t i = 0; i < name.size() && i + 1 < sizeof(text) / sizeof(text[0]); ++i) {
    auto const byte = static_cast<unsigned char>(name[i]);
    text[i] = byte < 0x80 ? static_cast<wchar_t>(byte) : L'?';
  }
  setDescription(GetCurrentThread(), text);
}

TINCAN_INLINE std::uintptr_t ThreadPlatform::stackSize() noexcept {
  using GetLimits = void __stdcall(std::uintptr_t*, std::uintptr_t*);
  static auto* const getLimits =
      windowsFunction<GetLimits>(L"kernel32.dll", "GetCurrentThreadStackLimits");  // Windows 8
  if (getLimits == nullptr) return 0;
  std::uintptr_t low = 0, high = 0;
  getLimits(&low, &high);
  return high - low;
}

TINCAN_INLINE void ThreadPlatform::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                                         Nanoseconds deadline) noexcept {
  WaitOnWord const& calls = WaitOnWord::get();
  if (!calls.isThere()) return ParkingLot::of(&word).sleep(word, expected, deadline);
  unsigned long milliseconds = 0xFFFFFFFF;  // for ever
  if (deadline != NoDeadline) {
    Nanoseconds const left = deadline - now();
    if (left <= 0) return;
    Nanoseconds const rounded = left / 1'000'000 + (left % 1'000'000 != 0 ? 1 : 0);
    milliseconds = static_cast<unsigned long>(rounded < 0x7FFFFFFF ? rounded : 0x7FFFFFFF);
  }
  calls.wait(&word, &expected, sizeof(expected), milliseconds);
}

TINCAN_INLINE void ThreadPlatform::wake(std::atomic<std::uint32_t>& word) noexcept {
  WaitOnWord const& calls = WaitOnWord::get();
  calls.isThere() ? calls.wake(&word) : ParkingLot::of(&word).wakeAll();
}

// Wine has the function of the barrier, which does nothing there.
TINCAN_INLINE bool ThreadPlatform::hasHeavyBarrier() noexcept {
  static bool const isWine = windowsFunction<void()>(L"ntdll.dll", "wine_get_version") != nullptr;
  return !isWine;
}

TINCAN_INLINE void ThreadPlatform::heavyBarrier() noexcept { FlushProcessWriteBuffers(); }

}  // namespace tincan::inline abi0::detail
