// Calls every method that a bus name describes of itself, with arguments that no client of ours would send: right and wrong
// signatures, long and hostile values, objects and members that are not there.
//   malformed_calls NAME ROOT CALLS SEED      e.g. malformed_calls org.envfix1 /org/envfix1 20000 7
// Ends with 0 when each call was answered by the one process that had the name at the start; prints what was answered.
#include <systemd/sd-bus.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint64_t k_answer_within_us = 60'000'000;
constexpr std::size_t k_objects_at_most = 200;
// The bus ends a connection that sends more at once than it allows; most calls stay far below.
constexpr std::size_t k_text_of_a_message = 4'000'000;
constexpr int k_calls_between_introspections = 2000;

struct Method {
    std::string object;
    std::string interface;
    std::string name;
    std::string signature;
};

struct Closed {
    void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using Bus = std::unique_ptr<sd_bus, Closed>;
using Message = std::unique_ptr<sd_bus_message, Closed>;

int must(int result, const char* what)
{
    if (result < 0) throw std::runtime_error(std::string{what} + ": " + std::strerror(-result));
    return result;
}

class Caller {
public:
    Caller(std::string name, std::string root, std::uint64_t seed) : m_name(std::move(name)), m_root(std::move(root)), m_random(seed)
    {
        sd_bus* bus = nullptr;
        must(sd_bus_open_user(&bus), "the session bus");
        m_bus.reset(bus);
        m_owner = owner();
    }

    void run(int calls)
    {
        for (int i = 0; i < calls; ++i) {
            if (i % k_calls_between_introspections == 0) introspect();
            call();
        }
        if (owner() != m_owner) throw std::runtime_error("the name has another owner than at the start");
    }

    void tell() const
    {
        std::printf("%zu methods of %zu objects, %llu answered\n", m_methods.size(), m_objects,
                    static_cast<unsigned long long>(m_answered));
        for (const auto& [error, count] : m_refused) std::printf("%10llu %s\n", static_cast<unsigned long long>(count), error.c_str());
    }

private:
    std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(m_random); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    std::string owner()
    {
        sd_bus_message* reply = nullptr;
        must(sd_bus_call_method(m_bus.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                "GetNameOwner", nullptr, &reply, "s", m_name.c_str()),
             "nobody has the name");
        const Message kept(reply);
        const char* unique = nullptr;
        must(sd_bus_message_read(reply, "s", &unique), "GetNameOwner");
        return unique;
    }

    /// What the objects say of themselves, from the root down.
    void introspect()
    {
        m_methods.clear();
        m_ids.clear();
        m_objects = 0;
        std::vector<std::string> open{m_root};
        while (!open.empty() && m_objects < k_objects_at_most) {
            const auto object = open.back();
            open.pop_back();
            ++m_objects;
            sd_bus_message* reply = nullptr;
            sd_bus_error error = SD_BUS_ERROR_NULL;
            const int result = sd_bus_call_method(m_bus.get(), m_name.c_str(), object.c_str(), "org.freedesktop.DBus.Introspectable",
                                                  "Introspect", &error, &reply, nullptr);
            const Message kept(reply);
            const std::string why = error.message ? error.message : "";
            sd_bus_error_free(&error);
            if (result < 0) {
                // An object may go between two calls; the root stays.
                if (object == m_root) throw std::runtime_error("Introspect: " + why);
                continue;
            }
            const char* xml = nullptr;
            must(sd_bus_message_read(reply, "s", &xml), "Introspect");
            read(object, xml, open);
        }
    }

    static std::string attribute(std::string_view tag, std::string_view name)
    {
        const auto key = std::string{" "}.append(name).append("=\"");
        const auto at = tag.find(key);
        if (at == std::string_view::npos) return {};
        const auto value = at + key.size();
        return std::string{tag.substr(value, tag.find('"', value) - value)};
    }

    void read(const std::string& object, std::string_view xml, std::vector<std::string>& open)
    {
        std::string interface;
        bool in_method = false;
        for (auto at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
            const auto tag = xml.substr(at, xml.find('>', at) - at);
            if (tag.starts_with("<interface ")) interface = attribute(tag, "name");
            if (tag.starts_with("</method") || tag.starts_with("<signal") || tag.starts_with("<property")) in_method = false;
            if (tag.starts_with("<method ")) {
                m_methods.push_back({object, interface, attribute(tag, "name"), {}});
                in_method = true;
            }
            if (in_method && tag.starts_with("<arg ") && attribute(tag, "direction") == "in") {
                m_methods.back().signature += attribute(tag, "type");
            }
            if (tag.starts_with("<node ")) {
                const auto child = attribute(tag, "name");
                m_ids.push_back(child);
                open.push_back(object + "/" + child);
            }
        }
    }

    void call()
    {
        auto method = m_methods[below(m_methods.size())];
        if (one_in(4)) method.signature = some_signature();
        if (one_in(50)) method.name += "x";
        if (one_in(50)) method.interface = m_methods[below(m_methods.size())].interface;
        if (one_in(50)) method.object += "/no";
        sd_bus_message* raw = nullptr;
        must(sd_bus_message_new_method_call(m_bus.get(), &raw, m_name.c_str(), method.object.c_str(), method.interface.c_str(),
                                            method.name.c_str()),
             "a message");
        const Message message(raw);
        m_text_left = k_text_of_a_message;
        append(raw, method.signature);
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message* reply = nullptr;
        const int result = sd_bus_call(m_bus.get(), raw, k_answer_within_us, &error, &reply);
        const Message kept(reply);
        const std::string refused = error.name ? error.name : "";
        sd_bus_error_free(&error);
        if (result >= 0) {
            ++m_answered;
            return;
        }
        if (refused.empty() || refused.ends_with(".NoReply") || refused.ends_with(".ServiceUnknown") ||
            refused.ends_with(".NameHasNoOwner") || refused.ends_with(".Disconnected") || refused.ends_with(".Timeout")) {
            throw std::runtime_error(method.object + " " + method.interface + "." + method.name + "(" + method.signature +
                                     "): " + (refused.empty() ? std::strerror(-result) : refused));
        }
        ++m_refused[refused];
    }

    std::string some_signature()
    {
        static const std::array<const char*, 16> k_signatures{"",   "s",     "ss",      "as",      "u",     "b",    "ay",     "t",
                                                              "v",  "(sss)", "a(ssss)", "a{sv}",   "aas",   "o",    "yxdg",   "ssssssssssssssss"};
        return k_signatures[below(k_signatures.size())];
    }

    std::string some_text()
    {
        switch (below(12)) {
        case 0: return {};
        case 1: return m_ids.empty() ? "0" : m_ids[below(m_ids.size())];
        case 2: return m_ids.empty() ? "f" : m_ids[below(m_ids.size())].substr(0, below(13));
        case 3: return std::string(below(70'000), 'a');
        case 4: return "/" + std::string(below(5000), '/') + "nowhere";
        case 5: return "/nowhere/../../\n\x1b[31m\x07";
        case 6: return std::string(below(300), '.') + "/%s%n%x{}";
        case 7: return "\xf0\x9f\x90\x8d\xe2\x80\xae";
        case 8: return "--help";
        case 9: return "cffi-backend-missing";
        case 10: return std::string(64, "0123456789abcdef"[below(16)]);
        default: {
            std::string text(below(40), ' ');
            for (auto& c : text) c = static_cast<char>(1 + below(127));
            return text;
        }
        }
    }

    /// One complete type at the start of `signature`: its length.
    static std::size_t length_of_type(std::string_view signature)
    {
        if (signature[0] == 'a') return 1 + length_of_type(signature.substr(1));
        if (signature[0] != '(' && signature[0] != '{') return 1;
        int depth = 0;
        for (std::size_t i = 0; i < signature.size(); ++i) {
            if (signature[i] == '(' || signature[i] == '{') ++depth;
            if (signature[i] == ')' || signature[i] == '}') --depth;
            if (depth == 0) return i + 1;
        }
        throw std::runtime_error("a signature that does not end: " + std::string{signature});
    }

    void append(sd_bus_message* message, std::string_view signature)
    {
        while (!signature.empty()) {
            const auto type = signature.substr(0, length_of_type(signature));
            signature.remove_prefix(type.size());
            const std::string inner{type.size() > 1 ? type.substr(1, type.size() - 2) : std::string_view{}};
            if (type[0] == 'a') {
                const std::string element{type.substr(1)};
                must(sd_bus_message_open_container(message, 'a', element.c_str()), "an array");
                for (auto left = one_in(20) ? below(1000) : below(4); left > 0; --left) append(message, element);
                must(sd_bus_message_close_container(message), "an array");
            } else if (type[0] == '(' || type[0] == '{') {
                must(sd_bus_message_open_container(message, type[0] == '(' ? 'r' : 'e', inner.c_str()), "a structure");
                append(message, inner);
                must(sd_bus_message_close_container(message), "a structure");
            } else if (type[0] == 'v') {
                const std::string held = one_in(2) ? "s" : "au";
                must(sd_bus_message_open_container(message, 'v', held.c_str()), "a variant");
                append(message, held);
                must(sd_bus_message_close_container(message), "a variant");
            } else {
                append_basic(message, type[0]);
            }
        }
    }

    void append_basic(sd_bus_message* message, char type)
    {
        const std::uint64_t number = one_in(3) ? ~std::uint64_t{0} : one_in(2) ? below(300) : m_random();
        const int truth = one_in(2) ? 1 : 0;
        const auto real = static_cast<double>(number);
        auto text = some_text();
        if (text.size() > m_text_left) text.clear();
        m_text_left -= text.size();
        const void* value = &number;
        if (type == 'b') value = &truth;
        if (type == 'd') value = &real;
        if (type == 's') value = text.c_str();
        if (type == 'o') value = m_root.c_str();
        if (type == 'g') value = "a{sv}";
        must(sd_bus_message_append_basic(message, type, value), "a value");
    }

    std::string m_name;
    std::string m_root;
    std::mt19937_64 m_random;
    Bus m_bus;
    std::string m_owner;
    std::vector<Method> m_methods;
    std::vector<std::string> m_ids; ///< last parts of the objects' paths
    std::size_t m_objects = 0;
    std::size_t m_text_left = 0;
    std::uint64_t m_answered = 0;
    std::map<std::string, std::uint64_t> m_refused;
};

} // namespace

int main(int argc, char** argv)
{
    if (argc != 5) {
        std::fputs("usage: malformed_calls NAME ROOT CALLS SEED\n", stderr);
        return 2;
    }
    try {
        Caller caller(argv[1], argv[2], std::stoull(argv[4]));
        caller.run(std::stoi(argv[3]));
        caller.tell();
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "malformed_calls: %s\n", error.what());
        return 1;
    }
}
