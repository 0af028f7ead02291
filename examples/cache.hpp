// examples/cache.hpp - texts on a disk, and main's cache of them, which windows read and fill
//
//   window                        main, the cache            "disk", a renderer
//     sendSync "get"     ------->   the text, or a ticket
//     sendSync "load"    ---------------------------------->   the text
//     send "fill"        ------->   keeps the text
//
//     sendSync "save"    ---------------------------------->   has a new text
//     send "forget"      ------->   drops the old one
//
// All that the threads do is here, and nothing of it knows a thread, a clock or a global variable: it
// is made of functions of a Main& or a Renderer&. cache.cpp runs them on threads, cache_test.cpp in
// every order.
#pragma once

#include <tincan/tincan.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace example {

/// What main does with a text that was loaded before the last "forget" and arrives after it.
enum class Late {
  Kept,    ///< the bug: the cache goes on with what is no longer on the disk
  Dropped  ///< the fix: a "forget" makes the tickets invalid that are out
};

struct Found {
  std::optional<std::string> text;
  std::uint64_t ticket = 0;  ///< without a text: to be shown by who fills the gap
};

// ---- main's side --------------------------------------------------------------------------------

inline void serveCache(tincan::Main& ipcMain, Late late = Late::Dropped) {
  auto const cache = std::make_shared<std::map<std::string, Found>>();  // lives as the listeners do

  ipcMain.on("get", [cache](tincan::Event& event, std::string const& name) {
    event.returnValue = (*cache)[name];
  });
  ipcMain.on("fill", [=](std::string const& name, std::string const& text, std::uint64_t ticket) {
    Found& entry = (*cache)[name];
    if (late == Late::Dropped && ticket != entry.ticket) return;
    entry.text = text;
  });
  ipcMain.on("forget", [cache](std::string const& name) {
    Found& entry = (*cache)[name];
    entry.text.reset();
    ++entry.ticket;
  });
}

// ---- the disk's side ----------------------------------------------------------------------------

/// The whole life of its thread.
inline void serveDisk(tincan::Renderer& ipc) {
  std::map<std::string, std::string> files{{"title", "old"}};
  ipc.on("load",
         [&](tincan::Event& event, std::string const& name) { event.returnValue = files[name]; });
  ipc.on("save", [&](tincan::Event& event, std::string const& name, std::string const& text) {
    files[name] = text;
    event.returnValue = true;
  });
  ipc.run();
}

// ---- the windows' side --------------------------------------------------------------------------

/// Throws Closed if it is gone.
inline tincan::Peer disk(tincan::Renderer& ipc) {
  if (auto const found = ipc.peer("disk")) return *found;
  throw tincan::Error(tincan::Errc::Closed, {}, "there is no disk any more");
}

inline std::string readText(tincan::Renderer& ipc, std::string const& name) {
  auto const found = ipc.sendSync<Found>("get", name);
  if (found.text) return *found.text;
  auto const text = disk(ipc).sendSync<std::string>("load", name);
  ipc.send("fill", name, text, found.ticket);
  return text;
}

inline void saveText(tincan::Renderer& ipc, std::string const& name, std::string const& text) {
  disk(ipc).sendSync<bool>("save", name, text);
  ipc.send("forget", name);
}

}  // namespace example
