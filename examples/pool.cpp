// examples/pool.cpp - three threads render the pages of a book, whoever is free the next one
#include "pool.hpp"

#include <iostream>
#include <string>
#include <vector>

namespace {

/// One page; that of the name "endless" is never done.
std::string render(std::string const& page, example::Progress const& goOn) {
  for (int percent = 0; percent < 100; percent += page == "endless" ? 0 : 10) {
    if (!goOn(percent)) return "";
  }
  return "picture of " + page;
}

void serve(tincan::Renderer& ipc) { example::serveJobs(ipc, render); }

}  // namespace

int main() {
  tincan::Bus bus;
  tincan::Main& ipcMain = bus.main();
  std::vector<tincan::RendererThread> workers;  // their end tells them to quit, and joins them
  for (int i = 0; i < 3; ++i) workers.push_back(bus.spawn("worker", serve));

  std::size_t missing = 20;
  std::vector<std::string> pictures;
  example::Pool pool(ipcMain);  // ends first, and cancels what is under way
  auto const keep = [&](tincan::Future<std::string> picture) {
    pictures.push_back(picture.get());
    if (--missing == 0) ipcMain.quit();
  };
  auto const endless = pool.submit("endless", keep);
  auto const unwanted = pool.submit("unwanted", keep);
  for (int i = 1; i <= 20; ++i) pool.submit("page " + std::to_string(i), keep);
  pool.cancel(unwanted);  // while it waits

  ipcMain.on("progress", [&](std::uint64_t job, int) {
    if (job == endless) pool.cancel(job);  // while it runs
  });
  ipcMain.run();
  std::cout << pictures.size() << " pictures\n";
}
