#include "remedy/pip.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace envfix;

TEST_CASE("the newest wheel of pip that the Python can run comes first")
{
    const std::vector<std::string> wheels{
        "/a/pip-9.0.1-py2.py3-none-any.whl", "/a/pip-23.0.1-py3-none-any.whl",
        "/b/pip-23.2.1-py3-none-any.whl",    "/a/setuptools-66.1.1-py3-none-any.whl",
        "/a/pip-x-py3-none-any.whl",         "/a/pip-24.0.tar.gz"};
    CHECK(remedy::usable_pip_wheels(wheels, 11) ==
          std::vector<std::string>{"/b/pip-23.2.1-py3-none-any.whl",
                                   "/a/pip-23.0.1-py3-none-any.whl",
                                   "/a/pip-9.0.1-py2.py3-none-any.whl"});
    CHECK(remedy::usable_pip_wheels(wheels, 12) ==
          std::vector<std::string>{"/b/pip-23.2.1-py3-none-any.whl"});
}

TEST_CASE("names and versions are rejected, not escaped")
{
    for (const auto* name : {"cffi", "PyJWT", "zope.interface", "a", "a-b_c.d"}) {
        CHECK(remedy::is_package_name(name));
    }
    for (const auto* name : {"", "-r", ".cffi", "cffi-", "cf fi", "cffi\n", "cffi;x", "../x",
                             "cffi==1", "caf\xc3\xa9"}) {
        CHECK_FALSE(remedy::is_package_name(name));
    }
    CHECK_FALSE(remedy::is_package_name(std::string(129, 'a')));
    CHECK(remedy::is_package_version("1!1.15.1+deb.1"));
    CHECK_FALSE(remedy::is_package_version("1.0 --index-url=x"));
    CHECK_FALSE(remedy::is_package_version(""));
    CHECK_FALSE(remedy::is_package_version(std::string(65, '1')));
}

TEST_CASE("pip's complaint is its error, without passwords")
{
    process::Ended ended;
    ended.status = 1;
    ended.err = "WARNING: x\nERROR: Could not find https://a:b@h/\nhint: y\n";
    CHECK(remedy::pip_complaint(ended, std::chrono::seconds(1)) ==
          "pip: exit code 1: ERROR: Could not find https://a:****@h/");
    ended.err.clear();
    CHECK(remedy::pip_complaint(ended, std::chrono::seconds(1)) == "pip: exit code 1");
}
