#include <tincan/value.hpp>

#include <string>

int main() {
  tincan::Value value(3);
  bool isRight = value.holds<int>() && value.get<int>() == 3 && !value.empty() &&
                 value.typeName() == "int" && value.take<long>() == 3;
  tincan::Value const text("text");
  isRight = isRight && text.get<std::string>() == "text" && tincan::Value().empty();
  return isRight ? 0 : 1;
}
