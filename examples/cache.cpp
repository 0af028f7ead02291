// examples/cache.cpp - an editor and two viewers on threads of their own share main's cache
//
// With Late::Kept it still prints 1000 of 1000, run after run: threads hardly ever come in the order
// that shows the bug. cache_test.cpp finds it.
#include "cache.hpp"

#include <iostream>
#include <string>

namespace {

constexpr int texts = 1000;

/// Saves texts, and reads back each one. Tells main how many it read back.
void edit(tincan::Renderer& ipc) {
  int right = 0;
  for (int i = 1; i <= texts; ++i) {
    auto const text = "text " + std::to_string(i);
    example::saveText(ipc, "title", text);
    if (example::readText(ipc, "title") == text) ++right;
  }
  ipc.send("edited", right);
}

void view(tincan::Renderer& ipc) {
  for (int i = 0; i < texts; ++i) example::readText(ipc, "title");
}

}  // namespace

int main() {
  int right = 0;
  {
    tincan::Bus bus;
    tincan::Main& ipcMain = bus.main();
    example::serveCache(ipcMain);
    ipcMain.on("edited", [&](int n) {
      right = n;
      ipcMain.quit();
    });

    auto const disk = bus.spawn("disk", example::serveDisk);  // first: the others ask for its name
    auto const editor = bus.spawn("editor", edit);
    auto const viewer = bus.spawn("viewer", view);
    auto const other = bus.spawn("other viewer", view);
    ipcMain.run();  // until the editor is done
    bus.close();    // whoever waits for an answer ends with Closed
  }
  std::cout << right << " of " << texts << " texts were read back as they were saved\n";
  return right == texts ? 0 : 1;
}
