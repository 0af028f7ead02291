// tincan/detail/base/windows_calls.hpp - the functions of Windows that are called
//
// Declared by hand: <windows.h> defines macros by the thousand, among them min, max, and small words. The types
// are those of that header, so that a file may include both.
#pragma once

#if defined(_WIN32)

struct HINSTANCE__;

namespace tincan::inline abi0::detail {

extern "C" {
__declspec(dllimport) int __stdcall SwitchToThread(void);
__declspec(dllimport) void __stdcall FlushProcessWriteBuffers(void);
__declspec(dllimport) unsigned long __stdcall GetCurrentThreadId(void);
__declspec(dllimport) void* __stdcall GetCurrentThread(void);
__declspec(dllimport) void* __stdcall OpenThread(unsigned long access, int inherit,
                                                 unsigned long id);
__declspec(dllimport) unsigned long __stdcall WaitForSingleObject(void* handle,
                                                                  unsigned long milliseconds);
__declspec(dllimport) int __stdcall CloseHandle(void* handle);
__declspec(dllimport) HINSTANCE__* __stdcall GetModuleHandleW(wchar_t const* name);
__declspec(dllimport) unsigned long __stdcall FlsAlloc(void(__stdcall* end)(void*));
__declspec(dllimport) int __stdcall FlsFree(unsigned long key);
__declspec(dllimport) int __stdcall FlsSetValue(unsigned long key, void* value);
__declspec(dllimport) unsigned long __stdcall TlsAlloc(void);
__declspec(dllimport) int __stdcall TlsSetValue(unsigned long key, void* value);
__declspec(dllimport) void* __stdcall TlsGetValue(unsigned long key);
#if defined(_WIN64)
__declspec(dllimport) long long(__stdcall* __stdcall GetProcAddress(HINSTANCE__* module,
                                                                    char const* name))();
#else
__declspec(dllimport) int(__stdcall* __stdcall GetProcAddress(HINSTANCE__* module,
                                                              char const* name))();
#endif
}

/// A function that not every Windows has, or that would need a library to be linked; null: it is not there.
template <class Function>
Function* windowsFunction(wchar_t const* module, char const* name) noexcept {
  HINSTANCE__* const found = GetModuleHandleW(module);
  if (found == nullptr) return nullptr;
  return reinterpret_cast<Function*>(reinterpret_cast<void*>(GetProcAddress(found, name)));
}

}  // namespace tincan::inline abi0::detail

#endif
