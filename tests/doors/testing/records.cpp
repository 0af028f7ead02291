#include <tincan/testing/records.hpp>

#include <string>
#include <vector>

int main() {
  tincan::testing::Records records;
  records.add({1, "main", "window", "x", "1"});
  records.add({2, "window", "main", "y", "2"}, tincan::Errc::Closed);
  auto const isSecond = [](tincan::testing::Delivery const& one) { return one.number == 2; };
  bool const isRight = records.on("x").from("main").to("window").with("1").count() == 1 &&
                       records.because(tincan::Errc::Closed).size() == 1 &&
                       records.where(isSecond).texts() == std::vector<std::string>{"2"} &&
                       records.channels().size() == 2 && records[0].number == 1 &&
                       !records.reason(0).has_value() && !records.empty() &&
                       records.end() - records.begin() == 2;
  return isRight ? 0 : 1;
}
