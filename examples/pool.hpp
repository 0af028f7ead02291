// examples/pool.hpp - workers that compete for jobs, and main's list of the jobs
//
//   main, the pool                          a worker, a renderer
//     <------- send "free" -----------        has nothing to do
//     -------- invoke "job" --------->        works, and looks now and then whether it still should
//     <------- sendLatest "progress" --       how far it is
//     -------- send "next" ---------->        comes after the job: done, failed, given up or never begun
//     <------- send "free" -----------
//
// A job waits in main until a worker is free, so that no worker has jobs waiting while another one has
// none. The worker that has been free for longest gets the job that came first.
#pragma once

#include <tincan/tincan.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace example {

// ---- a worker's side ----------------------------------------------------------------------------

/// Tells how far a job is, in percent. False: nobody wants its result any more.
using Progress = std::function<bool(int percent)>;

/// The whole life of a worker's thread; work(text, progress) does one job.
template <class Work>
void serveJobs(tincan::Renderer& ipc, Work work) {
  ipc.handle("job", [&](tincan::InvokeEvent& event, std::uint64_t job, std::string const& text) {
    tincan::StopToken const stop = event.stopToken();
    return std::string(work(text, [&](int percent) {
      ipc.sendLatest("progress", job, percent);  // replaces the last one, if main has not seen that
      return !stop.stop_requested();
    }));
  });
  ipc.on("next", [&ipc] { ipc.send("free"); });
  ipc.send("free");
  ipc.run();
}

// ---- main's side --------------------------------------------------------------------------------

/// The jobs, for whichever workers there are. Its end cancels all jobs. Of main's thread.
class Pool {
 public:
  /// What is to be done with a result; Future::get() throws what the job has thrown, or Closed if its
  /// worker is gone.
  using Done = std::function<void(tincan::Future<std::string>)>;

  explicit Pool(tincan::Main& ipcMain)
      : ipcMain_(ipcMain), heard_(ipcMain.on("free", [this](tincan::Event& event) {
          free_.push_back(event.sender);
          assign();
        })) {}
  Pool(Pool const&) = delete;
  Pool& operator=(Pool const&) = delete;
  ~Pool() {
    for (auto const& [job, pending] : running_) pending.cancel();
  }

  /// Has a job done by the first worker that is free. Calls `done` once, unless the job is cancelled.
  std::uint64_t submit(std::string text, Done done) {
    waiting_.push_back({++last_, std::move(text), std::move(done)});
    assign();
    return last_;
  }

  /// Ends a job: one that waits is not begun, one that runs is told so.
  void cancel(std::uint64_t job) {
    std::erase_if(waiting_, [job](Job const& waiting) { return waiting.number == job; });
    auto const running = running_.find(job);
    if (running == running_.end()) return;
    running->second.cancel();
    running_.erase(running);
  }

 private:
  struct Job {
    std::uint64_t number;
    std::string text;
    Done done;
  };

  void assign() {
    while (!waiting_.empty() && !free_.empty()) {
      tincan::Peer const worker = std::move(free_.front());
      free_.pop_front();
      if (!worker.alive()) continue;
      Job job = std::move(waiting_.front());
      waiting_.pop_front();
      auto result = worker.invoke<std::string>("job", job.number, std::move(job.text));
      running_[job.number] = result.then(
          ipcMain_, [this, number = job.number, done = std::move(job.done)](auto ready) {
            running_.erase(number);
            done(std::move(ready));
          });
      worker.send("next");
    }
  }

  tincan::Main& ipcMain_;
  std::uint64_t last_ = 0;
  std::deque<Job> waiting_;
  std::deque<tincan::Peer> free_;
  std::map<std::uint64_t, tincan::Pending> running_;
  tincan::ScopedListener heard_;  // ends before what it uses
};

}  // namespace example
