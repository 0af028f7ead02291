// tests/loop/qt.cpp - ties to an event loop of Qt
#include <tincan/loop/qt.hpp>

#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtCore/QThread>
#include <QtCore/QTimer>

#include <functional>
#include <memory>
#include <utility>

namespace {

struct Loop {
  int argumentCount = 1;
  char name[5] = "loop";
  char* arguments[2] = {name, nullptr};
  QCoreApplication application{argumentCount, arguments};
  std::unique_ptr<tincan::loop::Qt> tie;

  void begin(tincan::Endpoint& endpoint) { tie = std::make_unique<tincan::loop::Qt>(endpoint); }
  void soon(std::function<void()> function) { QTimer::singleShot(0, std::move(function)); }
  void update() {}
  template <class Condition>
  void runUntil(Condition&& isOver) {
    if (isOver()) return;
    QEventLoop loop;
    auto* const dispatcher = QAbstractEventDispatcher::instance();
    QObject::connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, &loop, [&] {
      if (isOver()) loop.quit();
    });
    loop.exec();
  }
};

}  // namespace

#include "cases.hpp"

TEST_CASE_METHOD(TiedWindow, "loop::Qt: exec() handles messages until one of them says quit") {
  window->on("bye", [] { QCoreApplication::quit(); });
  std::jthread const sender([peer = window->peer()] { peer.send("bye"); });
  REQUIRE(QCoreApplication::exec() == 0);
}

TEST_CASE("loop::Qt: in a QThread, as the child of an object") {
  Guard const guard;
  Loop const loop;
  tincan::Bus bus;
  int handled = 0;
  struct Thread : QThread {
    void run() override {
      tincan::Renderer window = bus->attach("window");
      window.on("x", [&] {
        ++*handled;
        quit();
      });
      QObject parent;
      new tincan::loop::Qt(window, &parent);
      bus->main().post([peer = window.peer()] { peer.send("x"); });
      exec();
    }
    tincan::Bus* bus = nullptr;
    int* handled = nullptr;
  } thread;
  thread.bus = &bus;
  thread.handled = &handled;
  thread.start();
  while (!thread.isFinished()) bus.main().runFor(1ms);
  thread.wait();
  REQUIRE(handled == 1);
}

TEST_CASE("loop::Qt: a thread without an event loop is refused") {
  tincan::Bus bus;
  std::string said;
  std::thread([&] {
    tincan::Renderer window = bus.attach("window");
    said = test::whatOf([&] {
      tincan::loop::Qt const tie(window);
      return 0;
    });
  }).join();
  REQUIRE(test::contains(said, "no event dispatcher"));
}
