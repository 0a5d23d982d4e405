#include "remedy/operation.hpp"

#include "fs/bytes.hpp"
#include "fs/fault.hpp"

#include <optional>

namespace envfix::remedy {

namespace {

constexpr std::uint8_t k_format = 1;

void put(fs::ByteWriter& writer, const Identity& identity)
{
    writer.u8(static_cast<std::uint8_t>(identity.type)).u64(identity.inode).u64(identity.size);
    writer.i64(identity.mtime_ns);
}

Identity take_identity(fs::ByteReader& reader)
{
    Identity identity;
    identity.type = static_cast<fs::FileType>(reader.u8());
    identity.inode = reader.u64();
    identity.size = reader.u64();
    identity.mtime_ns = reader.i64();
    return identity;
}

/// What lies at a path; nothing where nothing does. Every other failure is an error.
Result<std::optional<Identity>> look(const fs::WriteTree& root, const std::string& path)
{
    const auto status = root.lstat(path);
    if (status) return std::optional(identity_of(*status));
    if (status.error().code == ErrorCode::not_found) return std::optional<Identity>{};
    return fail(status.error());
}

Error changed(const std::string& path)
{
    return {.code = ErrorCode::plan_changed,
            .message = path + " was changed by somebody else meanwhile"};
}

Result<void> make_parent(const fs::WriteTree& root, const std::string& path)
{
    const auto parent = fs::parent_of(path);
    if (parent.empty()) return {};
    return root.make_directories(parent);
}

/// A rename that is made only if the right thing lies at its beginning, and is looked at again
/// afterwards: between the two somebody may have put his own there.
Result<void> move(const fs::WriteTree& root, const Operation& operation, const std::string& touched)
{
    ENVFIX_TRY(const auto before, look(root, operation.from));
    if (before != operation.moved) return fail(changed(touched));
    ENVFIX_CHECK(root.rename(operation.from, operation.to));
    ENVFIX_TRY(const auto after, look(root, operation.to));
    if (after != operation.moved) return fail(changed(touched));
    return {};
}

Result<void> perform_exchange(const fs::WriteTree& root, const Operation& operation)
{
    ENVFIX_TRY(const auto staged, look(root, operation.from));
    ENVFIX_TRY(const auto there, look(root, operation.to));
    if (staged != operation.moved || there != operation.other) return fail(changed(operation.to));
    ENVFIX_CHECK(root.exchange(operation.from, operation.to));
    ENVFIX_TRY(const auto displaced, look(root, operation.from));
    if (displaced != operation.other) return fail(changed(operation.to));
    return {};
}

Result<void> give_back_displaced(const fs::WriteTree& root, const Operation& operation,
                                 std::vector<std::string>& kept)
{
    // Whatever lies in our backup came from the path, also where it is not what we expected.
    ENVFIX_TRY(const auto in_backup, look(root, operation.to));
    if (!in_backup) return {};
    ENVFIX_TRY(const auto there, look(root, operation.from));
    if (there) {
        kept.push_back(operation.from);
        return {};
    }
    ENVFIX_CHECK(make_parent(root, operation.from));
    return root.rename(operation.to, operation.from);
}

Result<void> take_away_placed(const fs::WriteTree& root, const Operation& operation,
                              std::vector<std::string>& kept)
{
    ENVFIX_TRY(const auto staged, look(root, operation.from));
    if (staged) return {};
    ENVFIX_TRY(const auto there, look(root, operation.to));
    if (!there) return {};
    if (there != operation.moved) {
        kept.push_back(operation.to);
        return {};
    }
    ENVFIX_CHECK(make_parent(root, operation.from));
    return root.rename(operation.to, operation.from);
}

Result<void> exchange_back(const fs::WriteTree& root, const Operation& operation,
                           std::vector<std::string>& kept)
{
    ENVFIX_TRY(const auto staged, look(root, operation.from));
    if (!staged || staged == operation.moved) return {};
    ENVFIX_TRY(const auto there, look(root, operation.to));
    if (there != operation.moved) {
        kept.push_back(operation.to);
        return {};
    }
    return root.exchange(operation.from, operation.to);
}

} // namespace

Identity identity_of(const fs::Status& status)
{
    Identity identity{.type = status.type, .inode = status.inode};
    if (status.is_regular() || status.is_link()) identity.size = status.size;
    if (status.is_regular()) identity.mtime_ns = status.mtime_ns;
    return identity;
}

std::string encode(const Operations& operations)
{
    fs::ByteWriter writer;
    writer.u8(k_format).text(operations.run).text(operations.root).text(operations.undoes);
    writer.i64(operations.made_s).u32(static_cast<std::uint32_t>(operations.sites.size()));
    for (const auto& site : operations.sites)
        writer.text(site);
    writer.u32(static_cast<std::uint32_t>(operations.list.size()));
    for (const auto& operation : operations.list) {
        writer.u8(static_cast<std::uint8_t>(operation.kind));
        writer.text(operation.from).text(operation.to);
        put(writer, operation.moved);
        put(writer, operation.other);
        writer.u32(operation.mode);
    }
    return writer.bytes();
}

Result<Operations> decode_operations(std::string_view bytes)
{
    fs::ByteReader reader(bytes);
    const auto format = reader.u8();
    if (format != k_format)
        return fail(ErrorCode::malformed,
                    "a transaction of another format: " + std::to_string(format));
    Operations operations;
    operations.run = reader.text();
    operations.root = reader.text();
    operations.undoes = reader.text();
    operations.made_s = reader.i64();
    constexpr std::size_t k_least_text = 4;
    operations.sites.resize(reader.count(k_least_text));
    for (auto& site : operations.sites)
        site = reader.text();
    constexpr std::size_t k_least_operation = 1 + 4 + 4 + 25 + 25 + 4;
    operations.list.resize(reader.count(k_least_operation));
    for (auto& operation : operations.list) {
        operation.kind = static_cast<Operation::Kind>(reader.u8());
        operation.from = reader.text();
        operation.to = reader.text();
        operation.moved = take_identity(reader);
        operation.other = take_identity(reader);
        operation.mode = reader.u32();
    }
    ENVFIX_CHECK(reader.finish("a transaction's record"));
    return operations;
}

Progress progress(const fs::WriteTree& root, const Operation& operation)
{
    const auto from = operation.from.empty() ? std::optional<Identity>{}
                                             : look(root, operation.from).value_or(std::nullopt);
    const auto to = operation.to.empty() ? std::optional<Identity>{}
                                         : look(root, operation.to).value_or(std::nullopt);
    switch (operation.kind) {
    case Operation::Kind::make_directory: return to ? Progress::done : Progress::open;
    case Operation::Kind::remove_directory: return from ? Progress::open : Progress::done;
    case Operation::Kind::displace:
        if (to) return Progress::done;
        if (from == operation.moved) return Progress::open;
        return from ? Progress::foreign : Progress::lost;
    case Operation::Kind::place:
        if (from) return Progress::open;
        if (to == operation.moved) return Progress::done;
        return to ? Progress::foreign : Progress::lost;
    case Operation::Kind::exchange:
        if (from == operation.moved) return Progress::open;
        if (to == operation.moved) return Progress::done;
        return to ? Progress::foreign : Progress::lost;
    }
    return Progress::lost;
}

Result<void> perform(const fs::WriteTree& root, const Operation& operation)
{
    switch (operation.kind) {
    case Operation::Kind::make_directory: {
        ENVFIX_FAULT_POINT("transaction.make-directory.before");
        auto made = root.make_directory(operation.to, operation.mode);
        if (!made && made.error().code == ErrorCode::plan_changed) return {};
        ENVFIX_CHECK(std::move(made));
        ENVFIX_FAULT_POINT("transaction.make-directory.after");
        return {};
    }
    case Operation::Kind::displace:
        ENVFIX_FAULT_POINT("transaction.displace.before");
        ENVFIX_CHECK(make_parent(root, operation.to));
        ENVFIX_FAULT_POINT("transaction.displace.rename");
        ENVFIX_CHECK(move(root, operation, operation.from));
        ENVFIX_FAULT_POINT("transaction.displace.after");
        return {};
    case Operation::Kind::place:
        ENVFIX_FAULT_POINT("transaction.place.before");
        ENVFIX_CHECK(move(root, operation, operation.to));
        ENVFIX_FAULT_POINT("transaction.place.after");
        return {};
    case Operation::Kind::exchange:
        ENVFIX_FAULT_POINT("transaction.exchange.before");
        ENVFIX_CHECK(perform_exchange(root, operation));
        ENVFIX_FAULT_POINT("transaction.exchange.after");
        return {};
    case Operation::Kind::remove_directory: {
        ENVFIX_FAULT_POINT("transaction.remove-directory.before");
        const auto removed = root.remove_empty_directory(operation.from);
        if (!removed && removed.error().code != ErrorCode::not_found) return fail(removed.error());
        ENVFIX_FAULT_POINT("transaction.remove-directory.after");
        return {};
    }
    }
    return {};
}

namespace {

Result<void> take_back_one(const fs::WriteTree& root, const Operation& operation,
                           std::vector<std::string>& kept)
{
    switch (operation.kind) {
    case Operation::Kind::make_directory: {
        const auto removed = root.remove_empty_directory(operation.to);
        if (!removed && removed.error().code != ErrorCode::not_found) return fail(removed.error());
        return {};
    }
    case Operation::Kind::displace: return give_back_displaced(root, operation, kept);
    case Operation::Kind::place: return take_away_placed(root, operation, kept);
    case Operation::Kind::exchange: return exchange_back(root, operation, kept);
    case Operation::Kind::remove_directory: {
        auto made = root.make_directory(operation.from, operation.mode);
        if (!made && made.error().code == ErrorCode::plan_changed) return {};
        return made;
    }
    }
    return {};
}

} // namespace

Result<void> take_back(const fs::WriteTree& root, const Operation& operation,
                       std::vector<std::string>& kept)
{
    ENVFIX_FAULT_POINT("transaction.take-back.before");
    auto taken = take_back_one(root, operation, kept);
    if (!taken) {
        // Somebody made a link, a mount point or a file of his own of what was a folder: it is his.
        const auto code = taken.error().code;
        if (code != ErrorCode::malformed && code != ErrorCode::not_supported &&
            code != ErrorCode::plan_changed && code != ErrorCode::not_found)
            return taken;
        kept.push_back(operation.kind == Operation::Kind::displace ? operation.from : operation.to);
    }
    ENVFIX_FAULT_POINT("transaction.take-back.after");
    return {};
}

} // namespace envfix::remedy
