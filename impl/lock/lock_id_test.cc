// Names from ids: what differs stays different, between kinds and within each.
#include "impl/lock/lock_id.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "impl/lock/rules.h"

namespace lockstep {
namespace {

constexpr auto* kUuid = "123e4567-e89b-12d3-a456-426614174000";

TEST(LockIds, OfDifferentKindsNeverShareAName) {
  const std::string number_bytes("\0\0\0\0\0\0\0\7", 8);
  const std::string uuid_bytes(16, '7');
  Uuid uuid;
  uuid.bytes.fill('7');
  std::set<LockName> names;
  std::size_t made = 0;
  for (const auto& name :
       {lock_of_text("", "7"), lock_of_bytes("", "7"), lock_of_integer("", 7), lock_of_integer("", -7),
        lock_of_text("", number_bytes), lock_of_bytes("", number_bytes), lock_of_uuid("", uuid),
        lock_of_text("", uuid_bytes), lock_of_bytes("", uuid_bytes), lock_of_text("", "t7"), lock_of_text("", ""),
        lock_of_bytes("", ""), lock_of_text("t", "7"), lock_of_text("7", "7")}) {
    names.insert(name.value());
    ++made;
  }
  EXPECT_EQ(names.size(), made);
}

TEST(LockIds, OfTextMindCaseAndEveryByte) {
  EXPECT_NE(lock_of_text("", "Invoice").value(), lock_of_text("", "invoice").value());
  EXPECT_NE(lock_of_text("", std::string("a\0", 2)).value(), lock_of_text("", "a").value());
  EXPECT_EQ(lock_of_text("s", "a").value(), lock_of_text("s", "a").value());
}

TEST(LockIds, OfANumberAreTheSameWhateverTypeItHas) {
  EXPECT_EQ(lock_of_integer("", std::uint8_t{7}).value(), lock_of_integer("", std::int64_t{7}).value());
  EXPECT_EQ(lock_of_integer("", -7).value(), lock_of_integer("", std::int8_t{-7}).value());
  EXPECT_EQ(lock_of_number("", 0, true).value(), lock_of_integer("", 0).value());
  const auto least = std::numeric_limits<std::int64_t>::min();
  const auto most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_NE(lock_of_integer("", least).value(), lock_of_integer("", static_cast<std::uint64_t>(least)).value());
  EXPECT_NE(lock_of_integer("", -1).value(), lock_of_integer("", most).value());
  EXPECT_EQ(readable(lock_of_integer("", least).value()), "-9223372036854775808");
  EXPECT_EQ(readable(lock_of_integer("", most).value()), "18446744073709551615");
}

TEST(LockIds, OfAUuidDoNotMindItsCase) {
  const auto name = lock_of_uuid("", kUuid).value();
  EXPECT_EQ(lock_of_uuid("", "123E4567-E89B-12D3-A456-426614174000").value(), name);
  EXPECT_EQ(name.bytes.size(), 17);
  EXPECT_EQ(readable(name), kUuid);
  EXPECT_NE(lock_of_uuid("", "123e4567-e89b-12d3-a456-426614174001").value(), name);
}

TEST(LockIds, AreNotMadeOfWhatIsNoUuid) {
  for (const std::string text : {"", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400",
                                 "g23e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-4266141740000",
                                 "123e4567_e89b_12d3_a456_426614174000", "-123e4567e89b-12d3-a456-426614174000",
                                 "{23e4567-e89b-12d3-a456-426614174000}"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
    EXPECT_EQ(lock_of_uuid("", text).error().kind, ErrorKind::invalid) << text;
  }
}

TEST(LockIds, HaveTheLengthThatANameMayHave) {
  EXPECT_TRUE(lock_of_text(std::string(255, 's'), std::string(511, 'x')));
  EXPECT_EQ(lock_of_text("", std::string(512, 'x')).error().kind, ErrorKind::invalid);
  EXPECT_EQ(lock_of_bytes(std::string(256, 's'), "x").error().kind, ErrorKind::invalid);
}

TEST(LockIds, CanBeReadByPeople) {
  EXPECT_EQ(readable(lock_of_text("", "a \"b\"").value()), R"("a \"b\"")");
  EXPECT_EQ(readable(lock_of_text("billing", "a").value()), R"(billing/"a")");
  EXPECT_EQ(readable(lock_of_bytes("", std::string("\0\xff", 2)).value()), "0x00ff");
  EXPECT_EQ(readable(lock_of_integer("", -42).value()), "-42");
  EXPECT_EQ(readable({"", "plain"}), "0x706c61696e") << "no name of ours";
  EXPECT_EQ(readable({"", ""}), "0x");
}

TEST(Metadata, IsAJsonObjectOfStrings) {
  EXPECT_EQ(metadata_of({}).value(), "{}");
  EXPECT_EQ(metadata_of({{"pid", "7"}, {"host", "a\"b\n"}}).value(), R"({"host":"a\"b\n","pid":"7"})");
  EXPECT_EQ(metadata_of({{"k", "1"}, {"k", "2"}}).value(), R"({"k":"2"})");
  EXPECT_EQ(metadata_of({{"k", "\xff"}}).value(), "{\"k\":\"\xef\xbf\xbd\"}");
}

TEST(Metadata, IsRefusedWhenItIsTooLongForARequest) {
  const std::string fits(kMaxMetadata - 8, 'x');
  EXPECT_EQ(metadata_of({{"k", fits}}).value().size(), kMaxMetadata);
  EXPECT_EQ(metadata_of({{"k", fits + "x"}}).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace lockstep
