using OrleansBroker.FaultLab.Clocks;
using OrleansBroker.FaultLab.Runs.Commands;

// Not the console's own reader, which holds up whoever reads from it asynchronously.
using var input = new StreamReader(Console.OpenStandardInput());

return args switch
{
    // The lab starts itself so, for silos whose clock it moves.
    ["silo", .. var settings] => await ClockedSilo.RunAsync(settings, input),
    _ => await LabCommands.RunAsync(args, Console.Out, Console.Error),
};
