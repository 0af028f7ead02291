// tests/modules/plugin.hpp - what the host knows of the shared object, which has a tincan of its own
#pragma once

#include <stdexcept>
#include <string>
#include <tincan/tincan.hpp>

namespace modules {

/// An exception and an argument that both modules know by this header.
struct Lost : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Point {
  int x = 0, y = 0;
};

/// The functions that the shared object is made of. All of its code that touches the bus is compiled
/// there.
struct Plugin {
  /// Listens to "plugin ask" (answers with one more), "plugin say" (says "said" to main by its own
  /// handle), "plugin throw" (throws Lost); handles "plugin call" by a Task that asks `helper`.
  void (*listen)(tincan::Main&, tincan::Peer helper);
  /// Removes all of it; false if something was not there.
  bool (*remove)();
  void (*send)(tincan::Peer const&, char const* channel, Point);
  int (*ask)(tincan::Peer const&, char const* channel, int);
  /// A thread that answers "ask" by asking main's "ask"; "relay a" tells main "first", then tells the
  /// renderer `to` "relay b".
  tincan::RendererThread (*spawn)(tincan::Bus&, char const* name);
  tincan::Bus* (*makeBus)();
  void (*endBus)(tincan::Bus*);
  /// The name of the Error that the call ends with; "none" if it is answered.
  std::string (*codeOfAsk)(tincan::Peer const&, char const* channel);
};

}  // namespace modules

extern "C" __attribute__((visibility("default"))) modules::Plugin const* tincanPlugin();
