#include "apply/record.hpp"
#include "base/sha256.hpp"
#include "support/catch.hpp"
using namespace envfix;

namespace {

const apply::Record k_record{.transaction = "0123456789ab", .packages = {{"python3-cffi-backend", "1.15.1-5+b1"}, {"python3-jwt", "2.6.0-1"}}};

/// With a digest that fits: the text alone has to be refused.
std::string signed_text(const std::string& body)
{
    return body + "sha256 " + sha256_hex(body) + "\n";
}

} // namespace

TEST_CASE("a record is read as it was written")
{
    const auto bytes = apply::write_record(k_record);
    CHECK(bytes.starts_with("envfix-apply 2\ntransaction 0123456789ab\npackage python3-cffi-backend=1.15.1-5+b1\npackage python3-jwt=2.6.0-1\nsha256 "));
    CHECK(apply::parse_record(bytes).value() == k_record);
}

TEST_CASE("a record that differs by any one byte is refused")
{
    const auto bytes = apply::write_record(k_record);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        INFO(i);
        CHECK_FALSE(apply::parse_record(bytes.substr(0, i)));
        for (const char c : {'\0', ' ', '\n', 'x', '0', '-', '/'}) {
            auto changed = bytes;
            if (changed[i] == c) continue;
            changed[i] = c;
            CHECK_FALSE(apply::parse_record(changed));
        }
        auto longer = bytes;
        longer.insert(i, 1, 'a');
        CHECK_FALSE(apply::parse_record(longer));
    }
    CHECK_FALSE(apply::parse_record(bytes + "\n"));
    CHECK_FALSE(apply::parse_record(bytes + bytes));
}

TEST_CASE("what is no package's name is refused, whatever its digest says")
{
    for (const std::string name : {"-o=Dpkg::Pre-Invoke::=sh", "--allow-downgrades", "libc6-", "libc6+", "libc6:i386", "libc6=1.0", "libc6/sid",
                                   "./evil.deb", "/tmp/evil.deb", "python3*", "python3?", "^python3$", "task^", "~nlibc6", "a b", "", "é",
                                   "python3-cffi\r", "a;b", "$(id)", "_a", ".a", "a."}) {
        INFO(name);
        CHECK_FALSE(apply::is_package_name(name));
        CHECK_FALSE(apply::parse_record(signed_text("envfix-apply 2\ntransaction 0123456789ab\npackage " + name + "=1\n")));
    }
    CHECK_FALSE(apply::is_package_name(std::string(129, 'a')));
    CHECK(apply::is_package_name(std::string(128, 'a')));
    CHECK(apply::is_package_name("python3.11"));
}

TEST_CASE("a version is Debian's, and nothing that apt-get reads as anything else")
{
    for (const std::string version : {"1.15.1-5+b1", "1:2.3~rc1-1", "0", "38.0.4-3+deb12u1"}) {
        INFO(version);
        CHECK(apply::is_version(version));
    }
    CHECK(apply::is_version(std::string(64, '1')));
    for (const std::string version : {"", "1-", "1+", "1~", "1:", "-1", "+1", "~1", "a1", "1*", "1?", "1 2", "1/sid", "1=2", "1\n", "1_2", "1!2", "é"}) {
        INFO(version);
        CHECK_FALSE(apply::is_version(version));
        CHECK_FALSE(apply::parse_record(signed_text("envfix-apply 2\ntransaction 0123456789ab\npackage a=" + version + "\n")));
    }
    CHECK_FALSE(apply::is_version(std::string(65, '1')));
    CHECK_FALSE(apply::parse_record(signed_text("envfix-apply 2\ntransaction 0123456789ab\npackage a\n")));
}

TEST_CASE("a record names a transaction, and at least one and at most 64 packages, sorted")
{
    const std::string head = "envfix-apply 2\ntransaction 0123456789ab\n";
    CHECK_FALSE(apply::parse_record(signed_text(head)));
    CHECK_FALSE(apply::parse_record(signed_text(head + "package b=1\npackage a=1\n")));
    CHECK_FALSE(apply::parse_record(signed_text(head + "package a=1\npackage a=2\n")));
    CHECK_FALSE(apply::parse_record(signed_text(head + "package a=1\ncommand sh\n")));
    CHECK_FALSE(apply::parse_record(signed_text("envfix-apply 1\ntransaction 0123456789ab\npackage a=1\n")));
    for (const std::string transaction : {"0123456789a", "0123456789abc", "0123456789AB", "../456789ab/", "0123456789a/"}) {
        CHECK_FALSE(apply::is_transaction(transaction));
        CHECK_FALSE(apply::parse_record(signed_text("envfix-apply 2\ntransaction " + transaction + "\npackage a=1\n")));
    }
    std::string many = head;
    for (int i = 0; i < 65; ++i) many += "package a" + std::string(i < 10 ? "0" : "") + std::to_string(i) + "=1\n";
    CHECK_FALSE(apply::parse_record(signed_text(many)));
    CHECK_FALSE(apply::parse_record(std::string(apply::k_record_cap + 1, 'a')));
    CHECK(apply::parse_record(signed_text(head + "package a=1\n")));
}

TEST_CASE("only what root's list names is allowed")
{
    const auto allowed = apply::parse_allowed("# ours\npython3-cffi-backend\n\npython3-jwt\n").value();
    CHECK(allowed == std::vector<std::string>{"python3-cffi-backend", "python3-jwt"});
    CHECK(apply::all_allowed(k_record, allowed));
    const auto refused = apply::all_allowed({.transaction = "0123456789ab", .packages = {{"python3-jwt", "1"}, {"sudo", "1"}}}, allowed);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::denied);
    CHECK(refused.error().message.starts_with("sudo "));
    CHECK(apply::parse_allowed("a\nb c\n").error().message.starts_with("line 2 "));
}

TEST_CASE("what became of it is read as it was written")
{
    const apply::Outcome outcome{.status = 100, .text = "E: Unable to locate package\n"};
    CHECK(apply::parse_outcome(apply::write_outcome(outcome)).value() == outcome);
    for (const std::string bytes : {"", "exit", "exit 1", "exit \n", "exit x\n", "exit 256\n", "exit -1\n", "exit 1 \n", "0\n"}) {
        INFO(bytes);
        CHECK_FALSE(apply::parse_outcome(bytes));
    }
}
