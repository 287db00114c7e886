using System.Buffers.Binary;
using System.Numerics;

namespace OrleansBroker.Storage.RocksDb.Logs;

/// <summary>CRC-32C, masked as RocksDB stores it (util/crc32c.h: a checksum of data that holds checksums would be weak).</summary>
internal static class Checksum
{
    public static uint Masked(ReadOnlySpan<byte> octets)
    {
        var crc = uint.MaxValue;
        while (octets.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }

        foreach (var octet in octets)
        {
            crc = BitOperations.Crc32C(crc, octet);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
