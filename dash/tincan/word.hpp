// tincan/word.hpp - stands alone
