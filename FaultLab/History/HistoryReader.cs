using System.Text.Json;

namespace OrleansBroker.FaultLab.History;

/// <summary>Reads a history's file.</summary>
public static class HistoryReader
{
    /// <summary>The events in their order. They are read anew with each enumeration and none is kept.</summary>
    /// <exception cref="FormatException">A line is no event.</exception>
    public static IEnumerable<HistoryEvent> Read(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            yield return Parse(path, number, line);
        }
    }

    private static HistoryEvent Parse(string path, int number, string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, HistoryJson.Default.HistoryEvent) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new FormatException($"{path}, line {number} is no event of a history: {e.Message}", e);
        }
    }
}
