#include <gtest/gtest.h>
TEST(Document, X) {}
