// benchmarks/peers/qt.hpp - Qt: QMetaObject::invokeMethod to an object that lives on B
//
// A functor, queued: the event that a queued signal posts, without the need of moc and without
// copies by meta types. With a slot for the answer, or by Qt's own BlockingQueuedConnection. B polls
// with QEventLoop::processEvents(); sleeping in exec() is no faster one way and twice as slow for
// questions.
#pragma once

#include <fmt/format.h>
#include <QCoreApplication>
#include <QEventLoop>
#include <QMetaObject>
#include <QObject>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "desk.hpp"

namespace bench {

class Qt5 {
 public:
  static constexpr auto key = "qt";
  static std::string title() { return fmt::format("Qt {} queued invokeMethod", qVersion()); }

  Qt5() { startQt(); }

  void open() {
    loop_ = std::make_unique<QEventLoop>();  // gives B, no thread of Qt's, its dispatcher
    receiver_ = std::make_unique<QObject>();
  }
  void close() {
    receiver_.reset();
    loop_.reset();
  }

  template <class F>
  void post(F f) {
    QMetaObject::invokeMethod(receiver_.get(), std::move(f), Qt::QueuedConnection);
  }

  void poll() { loop_->processEvents(); }

 private:
  /// There can be only one, and it has to be there first.
  static void startQt() {
    static char program[] = "benchmark";
    static char* arguments[] = {program, nullptr};
    static int count = 1;
    static QCoreApplication const application(count, arguments);
  }

  std::unique_ptr<QEventLoop> loop_;  // made and ended on B

 protected:
  std::unique_ptr<QObject> receiver_;  // on B, too
};

class Qt5Blocking : public Qt5 {
 public:
  static constexpr auto key = "qt-blocking";
  static std::string title() { return fmt::format("Qt {} BlockingQueuedConnection", qVersion()); }

  template <class F>
  auto call(F f) {
    std::invoke_result_t<F> answer{};
    QMetaObject::invokeMethod(receiver_.get(), std::move(f), Qt::BlockingQueuedConnection, &answer);
    return answer;
  }
};

}  // namespace bench
